"""The marshmallow schema of a form, generated for what is visible just now.

Fields know their component and its setting; unknown keys are dropped, hidden fields do not exist,
and locked fields answer with the server's value whatever was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow import fields as marshmallow_fields

from app.forms.components import Component, DynamicList, ExpressionField, Field, Setting
from app.forms.scope import Scope
from app.forms.wording import say


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
        read = self.component.read(raw)
        problems = self.component.problems(read, self.setting)
        if problems:
            raise ValidationError(problems)
        return self.component.finish(read, self.setting)

    def _own(self) -> Any:
        own = self.setting.value
        if isinstance(self.component, ExpressionField):
            return own
        if self.component.required and self.component.is_blank(own):
            raise ValidationError([say("form.locked_empty", label=self.component.label)])
        return self.component.finish(own, self.setting)


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
        scopes = [row for row in self.rows if not self.list.is_blank_row(row.values)]
        found, errors = [], {}
        for number, scope in enumerate(self.rows):
            if scope not in scopes:
                continue
            try:
                found.append(schema_for(self.list.components, scope).load(dict(scope.values)))
            except ValidationError as error:
                errors[number] = error.normalized_messages()
        own = self.list.problems([dict(row.values) for row in scopes], self.setting)
        if own and not self.setting.locked:
            errors[-1] = {"": own}
        if errors:
            raise ValidationError(errors)  # type: ignore[arg-type]
        return found


def schema_for(components: tuple[Component, ...], scope: Scope) -> Schema:
    """Return the schema of the components that the scope shows."""
    found = {key: _field(item, scope) for key, item in visible_fields(components, scope).items()}
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
