"""Files that the case already holds, chosen by an expression; read-only, never submitted.

The expression yields ids, or contexts with an `id` such as those of the name `documents`. Which of
them exist for this reader, the caller says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.forms.components.base import Component
from app.forms.node import Node

MOST_FILES = 200


@dataclass(frozen=True, kw_only=True)
class DocumentPreview(Component):
    """`documentPreview`."""

    type = "documentPreview"

    source: str = ""

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        source = node.expression("dataSource")
        if not source:
            raise node.refusal("form.documents_missing")
        if not node.text("label"):
            raise node.refusal("form.label_missing")
        return super().arguments(node) | {"source": source}

    def expressions(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions()
        yield "dataSource", self.source

    def ids(self, found: Any) -> tuple[str, ...]:
        """Return the ids in the expression's result, each once, in order."""
        listed = found if isinstance(found, list) else [found]
        ids = [item.get("id") if isinstance(item, Mapping) else item for item in listed]
        return tuple(dict.fromkeys(item for item in ids if isinstance(item, str)))[:MOST_FILES]
