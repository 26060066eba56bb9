"""The marshmallow schema of a form, generated for what is visible just now.

Fields know their component and its setting; unknown keys are dropped, hidden fields do not exist,
and locked fields answer with the server's value whatever was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as marshmallow_fields

from app.forms.components import Component, DynamicList, Field, Setting, Unreadable
from app.forms.scope import Scope, json_safe
from app.forms.wording import say

WHOLE_LIST = -1


class ComponentField(marshmallow_fields.Field[Any]):
    """One form field: reads, judges and finishes the raw value by its component."""

    def __init__(self, component: Field, setting: Setting) -> None:
        super().__init__(required=component.required, allow_none=True)
        self.component = component
        self.setting = setting

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **_: Any
    ) -> Any:
        """Return the value to store; a missing one is judged like a blank one."""
        if self.setting.locked:
            return self._own()
        raw = (data or {}).get(self.component.key)
        # Rows arrive read already; what could not be read then must not become blank now.
        read = raw if isinstance(raw, Unreadable) else self.component.read(raw)
        problems = self.component.problems(read, self.setting)
        if problems:
            raise ValidationError(problems)
        return self.component.finish(read, self.setting)

    def _own(self) -> Any:
        own = self.setting.value
        if self.component.required and self.component.is_blank(own):
            raise ValidationError([say("form.locked_empty", label=self.component.label)])
        return json_safe(own)


class RowsField(ComponentField):
    """A dynamic list: every row has a schema of its own, because conditions differ by row."""

    def __init__(self, component: DynamicList, setting: Setting, rows: tuple[Scope, ...]) -> None:
        super().__init__(component, setting)
        self.rows = rows
        self.list = component

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **_: Any
    ) -> Any:
        """Return the rows that are not blank, or the problems by row and field."""
        if self.setting.locked:
            return self._own()
        found: list[Any] = []
        errors: dict[int | str, Any] = {}
        for number, scope in enumerate(self.rows):
            if self.list.is_blank_row(scope.values):
                continue
            try:
                found.append(schema_for(self.list.components, scope).load(dict(scope.values)))
            except ValidationError as error:
                errors[number] = error.normalized_messages()
        own = self.list.problems([dict(row.values) for row in self.rows], self.setting)
        if own:
            errors[WHOLE_LIST] = {"": own}
        if errors:
            raise ValidationError(errors)
        return found


def schema_for(components: tuple[Component, ...], scope: Scope) -> Schema:
    """Return the schema of the components that the scope shows."""
    shown = visible_fields(components, scope)
    found: dict[str, marshmallow_fields.Field[Any]] = {
        key: _field(item, scope) for key, item in shown.items()
    }
    return Schema.from_dict(found, name="FormSchema")(unknown=EXCLUDE)


def visible_fields(components: tuple[Component, ...], scope: Scope) -> dict[str, Field]:
    """Return the fields that the scope shows, by key in order."""
    found: dict[str, Field] = {}
    for component in components:
        if not scope.shows(component):
            continue
        if isinstance(component, Field):
            found[component.key] = component
        else:
            found |= visible_fields(component.components, scope)
    return found


def _field(component: Field, scope: Scope) -> ComponentField:
    setting = scope.settings[component.key]
    if isinstance(component, DynamicList):
        return RowsField(component, setting, scope.rows[component.key])
    return ComponentField(component, setting)
