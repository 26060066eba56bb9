"""A value that the server computes from the others; posted ones are ignored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.forms.components.base import Field
from app.forms.node import Node


@dataclass(frozen=True, kw_only=True)
class ExpressionField(Field):
    """`expression`; without a label it is computed and not shown."""

    type = "expression"

    expression: str = ""

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        labelled = Node({**node.data, "label": node.data.get("label") or "-"}, node.file)
        found = super().arguments(labelled)
        expression = node.expression("expression")
        if not expression:
            raise node.refusal("form.expression_missing")
        if found["prefill"]:
            raise node.refusal("form.prefill_here")
        shown = "" if found["label"] == "-" else found["label"]
        return found | {"expression": expression, "label": shown, "readonly": True}

    def expressions(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions()
        yield "expression", self.expression

    def read(self, raw: object) -> Any:
        return raw
