"""What select, radio and checklist share: where their options come from, and membership.

Options are written in the file, come from a code list, from the caller by name, or from FEEL. A
value that is not among them now is refused, whatever the page once offered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.forms.components.base import Field, Setting
from app.forms.context import Choice, FormContext
from app.forms.node import Node
from app.forms.text import as_text, one_line
from app.forms.wording import say

TITLES = "titles"
ORGANISATIONS = "organisations"


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field):
    """A field whose values are options."""

    type = "choice"
    PROPERTIES: ClassVar[frozenset[str]] = Field.PROPERTIES | {"list", "offered"}
    KINDS: ClassVar[frozenset[str]] = frozenset({"code_list", "organisation"})
    REQUIRED = "form.required_choose"

    values: tuple[Choice, ...] = ()
    source: str = ""
    values_expression: str = ""
    offered: str = ""  # which of the values are offered now; all are known when a form is read
    depends_on: Mapping[str, str] | None = None

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        found = super().arguments(node)
        own = node.section("properties", cls.PROPERTIES)
        source = own.fixed("list")
        if found["kind"] == "code_list" and not source:
            raise node.refusal("form.list_missing")
        if found["kind"] == "organisation":
            source = source or ORGANISATIONS
        if not found["kind"]:
            source = node.text("valuesKey")
        values = tuple(_option(item) for item in node.objects("values"))
        expression = node.expression("valuesExpression")
        if not (values or source or expression or found["kind"]):
            raise node.refusal("form.values_missing")
        if len({value for value, _ in values}) < len(values):
            raise node.refusal("form.value_twice")
        return (
            found
            | {"values": values, "source": source, "values_expression": expression}
            | {"offered": own.expression("offered")}
        )

    def expressions(self) -> Iterator[tuple[str, str]]:
        yield from super().expressions()
        if self.values_expression:
            yield "valuesExpression", self.values_expression
        if self.offered:
            yield "properties.offered", self.offered

    def options(
        self, context: FormContext, values: Mapping[str, Any], listed: Any
    ) -> tuple[Choice, ...]:
        """Return the options for the form's current values; `listed` is the expression's result."""
        if self.kind == "code_list":
            return tuple(context.code_list(self.source))
        if self.values_expression:
            return tuple(_listed(listed))
        if self.depends_on:
            given = {name: as_text(values.get(key)) for name, key in self.depends_on.items()}
            return tuple(context.options(self.source, **given))
        return tuple(context.options(self.source)) if self.source else self.values

    def read(self, raw: object) -> Any:
        return one_line(raw)

    @property
    def empty(self) -> Any:
        return ""

    def judge(self, value: Any, setting: Setting) -> list[str]:
        if value in {code for code, _ in setting.options}:
            return []
        return [say("form.not_an_option", label=self.label)]

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        return {**dict(self.values), **dict(options)}.get(value, one_line(value))


def _option(node: Node) -> Choice:
    value = as_text(node.data.get("value")).strip()
    label = node.fixed("label") or value
    if not value:
        raise node.refusal("form.value_missing")
    return value, label


def offered_now(options: Sequence[Choice], found: Any) -> tuple[Choice, ...]:
    """Return the options that an `offered` expression lets through; without a list all of them."""
    if not isinstance(found, list):
        return tuple(options)
    return tuple(option for option in options if option[0] in found)


def _listed(found: Any) -> Iterator[Choice]:
    """Yield the options of an expression's result: texts, or contexts with value and label."""
    for item in found if isinstance(found, list) else []:
        if isinstance(item, Mapping):
            value = as_text(item.get("value"))
            yield value, as_text(item.get("label")) or value
        elif as_text(item):
            yield as_text(item), as_text(item)
