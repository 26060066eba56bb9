"""A form as an immutable value: its components in order and what can be asked about them.

Forms are made by `app.forms.loading` only. Values, conditions and pages are computed elsewhere; a
form knows neither a person nor a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from marshmallow import Schema

from app.forms.components import (
    ChoiceField,
    Component,
    DynamicList,
    ExpressionField,
    Field,
    fields_of,
)
from app.forms.context import FormContext
from app.forms.expressions import names_in
from app.forms.schema import schema_for
from app.forms.scope import initial_values, resolve

# What expressions inside a dynamic list know of their row, and what shown texts know of the case.
IN_ROWS = frozenset({"this", "parent", "i"})
DOCUMENTS = "documents"


@dataclass(frozen=True)
class Form:
    """One form file."""

    id: str
    file: str
    components: tuple[Component, ...]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Return the fields in order; a dynamic list is one field."""
        return tuple(fields_of(self.components))

    def field(self, key: str) -> Field:
        """Return a field by its key; raises KeyError."""
        return {field.key: field for field in self.fields}[key]

    def keys(self) -> frozenset[str]:
        """Return the keys of all fields."""
        return frozenset(field.key for field in self.fields)

    def names(self) -> frozenset[str]:
        """Return every name that the form's own expressions know: fields, also those of rows."""
        rows = (part.key for part in walk(self.components) if isinstance(part, Field))
        return frozenset(rows) | IN_ROWS | {DOCUMENTS}

    def sources(self) -> Iterator[tuple[str, str]]:
        """Yield element and name of every list of options that is asked of the caller by name."""
        for component in walk(self.components):
            if isinstance(component, ChoiceField) and not component.kind and component.source:
                yield component.element, component.source

    @cached_property
    def sensitive_keys(self) -> frozenset[str]:
        """Return the keys that never become process variables, also by computation."""
        found = {field.key for field in self.fields if _is_sensitive(field)}
        computed = [field for field in self.fields if isinstance(field, ExpressionField)]
        # An expression over a sensitive value, or over another such expression, is sensitive.
        for _ in computed:
            found |= {field.key for field in computed if names_in(field.expression) & found}
        return frozenset(found)

    def variable_keys(self) -> frozenset[str]:
        """Return the keys that may become process variables."""
        return self.keys() - self.sensitive_keys

    def variables(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that may become process variables."""
        allowed = self.variable_keys()
        return {key: value for key, value in values.items() if key in allowed}

    def expressions(self) -> Iterator[tuple[str, str, str]]:
        """Yield element, attribute and FEEL text of every expression in the form."""
        for component in walk(self.components):
            for attribute, expression in component.expressions():
                yield component.element, attribute, expression

    def initial(
        self, context: FormContext, draft: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the values of a form just opened: the draft over prefilled over default ones."""
        return initial_values(self.components, context, draft)

    def schema(self, context: FormContext, raw: Mapping[str, Any] | None = None) -> Schema:
        """Return the marshmallow schema of what is asked when these values are given."""
        given = raw or {}
        return schema_for(self.components, resolve(self.components, given, context))


def _is_sensitive(field: Field) -> bool:
    inner = field.fields if isinstance(field, DynamicList) else ()
    return field.sensitive or any(part.sensitive for part in inner)


def walk(components: tuple[Component, ...]) -> Iterator[Component]:
    """Yield components in order with everything inside them."""
    for component in components:
        yield component
        yield from walk(component.components)
