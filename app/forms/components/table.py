"""A table of what the case already holds; read-only, never part of a submission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.forms.components.base import Component
from app.forms.context import Choice
from app.forms.node import Node
from app.forms.text import as_text
from app.forms.wording import say

MOST_ROWS = 500


@dataclass(frozen=True, kw_only=True)
class Table(Component):
    """`table`."""

    type = "table"

    source: str = ""
    columns: tuple[Choice, ...] = ()

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        source = node.expression("dataSource")
        columns = tuple((item.text("key"), item.fixed("label")) for item in node.objects("columns"))
        if not source or not columns or not all(key and label for key, label in columns):
            raise node.refusal("form.table_incomplete")
        return super().arguments(node) | {"source": source, "columns": columns}

    def expressions(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions()
        yield "dataSource", self.source

    def cells(self, found: Any) -> tuple[tuple[str, ...], ...]:
        """Return the rows as texts; what is not a list of contexts has no rows."""
        rows = [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
        return tuple(
            tuple(_cell(row.get(key)) for key, _ in self.columns) for row in rows[:MOST_ROWS]
        )


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return say("form.yes" if value else "form.no")
    return as_text(value)
