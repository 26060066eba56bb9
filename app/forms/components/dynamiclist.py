"""A list of equal rows (work history, contacts); the value is a list of flat objects.

Rows keep their place while a person edits, so that errors point to the right one; blank rows are
dropped when the list is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.forms.components.base import Component, Field, Setting, read_key
from app.forms.components.expression import ExpressionField
from app.forms.node import Node
from app.forms.wording import say

MOST_ROWS = 100


@dataclass(frozen=True, kw_only=True)
class DynamicList(Field):
    """`dynamiclist`."""

    type = "dynamiclist"
    PROPERTIES: ClassVar[frozenset[str]] = Field.PROPERTIES | {"min_rows", "max_rows"}
    REQUIRED = "form.required_rows"

    min_rows: int = 0
    max_rows: int = 50
    first_rows: int = 1
    may_add: bool = True

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        keyed = Node({**node.data, "key": read_key(node, "path")}, node.file, node.depth)
        found = super().arguments(keyed)
        own = node.section("properties", cls.PROPERTIES)
        least = own.whole("min_rows", 0)
        most = own.whole("max_rows", 50)
        if not least <= most <= MOST_ROWS or not most:
            raise node.refusal("form.rows", most=MOST_ROWS)
        return found | {
            "required": least > 0,
            "min_rows": least,
            "max_rows": most,
            "first_rows": min(max(node.whole("defaultRepetitions", 1), least), most),
            "may_add": node.flag("allowAddRemove", True),
        }

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return the fields of a row, also those inside groups."""
        return tuple(fields_of(self.components))

    @property
    def empty(self) -> Any:
        return []

    def read(self, raw: object) -> Any:
        given = raw if isinstance(raw, list | tuple) else []
        return [self.read_row(row) for row in given[: MOST_ROWS + 1]]

    def read_row(self, raw: object) -> dict[str, Any]:
        """Return a row's values in uniform shape."""
        given = raw if isinstance(raw, Mapping) else {}
        return {field.key: field.read(given.get(field.key)) for field in self.fields}

    def is_blank_row(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a person filled nothing in this row."""
        asked = [field for field in self.fields if not isinstance(field, ExpressionField)]
        return all(
            field.is_blank(row.get(field.key)) or row.get(field.key) == field.read(field.default)
            for field in asked
        )

    def is_blank(self, value: Any) -> bool:
        return all(self.is_blank_row(row) for row in value or [])

    def judge(self, value: Any, setting: Setting) -> list[str]:
        count = sum(not self.is_blank_row(row) for row in value)
        if count > self.max_rows:
            return [say("form.too_many_rows", most=self.max_rows)]
        if count < self.min_rows:
            return [say("form.too_few_rows", least=self.min_rows, label=self.label)]
        return []

    def feel(self, value: Any) -> Any:
        return [
            {field.key: field.feel(row.get(field.key)) for field in self.fields} for row in value
        ]

    def typed(self, value: Any) -> Any:
        return value if isinstance(value, list) else []


def fields_of(components: tuple[Component, ...]) -> Iterator[Field]:
    """Yield fields in order, looking into groups but not into lists."""
    for component in components:
        if isinstance(component, Field):
            yield component
        else:
            yield from fields_of(component.components)
