"""Static text, as sanitised Markdown; `{{name}}` inserts a value, a leading `=` computes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.forms.components.base import Component
from app.forms.expressions import is_expression
from app.forms.node import Node

GAP = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


@dataclass(frozen=True, kw_only=True)
class Text(Component):
    """`text`."""

    type = "text"

    text: str = ""

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        text = node.text("text")
        if not text:
            raise node.refusal("form.text_missing")
        if is_expression(text):
            node.judge("text", text)
        for gap in GAP.findall(text):
            if gap[0] in "#/":
                raise node.refusal("form.template_block", block=gap)
            node.judge("text", f"={gap}")
        return super().arguments(node) | {"text": text}

    def parts(self) -> tuple[str, ...]:
        """Return the expressions whose results the text shows, in order."""
        if is_expression(self.text):
            return (self.text,)
        return tuple(f"={gap}" for gap in GAP.findall(self.text))

    def expressions(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions()
        for part in self.parts():
            yield "text", part
