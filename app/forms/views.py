"""A form as the page needs it: labels, values, errors, options, with every decision already taken.

Templates only print. `view` computes for filling in (`edit`) and for reading (`read`); identity
and mobile numbers are masked in reading unless the caller says the reader may see them in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.forms.components import (
    ChoiceField,
    Component,
    DateField,
    DocumentPreview,
    DynamicList,
    ExpressionField,
    Field,
    FilePicker,
    Image,
    Table,
    Text,
    fields_of,
)
from app.forms.components.checkbox import SEAL
from app.forms.context import AttachmentInfo, FormContext
from app.forms.expressions import ShowWhen, names_in, show_when
from app.forms.fieldviews import ErrorLink, FieldView, FormView, Mode, OptionView
from app.forms.form import Form
from app.forms.hints import hints_of, masked
from app.forms.scope import Scope, recall, resolve
from app.forms.statictext import render_texts
from app.forms.validation import row_name

REFRESHED = ("valuesExpression", "expression", "text", "dataSource")


def view(
    form: Form,
    values: Mapping[str, Any],
    errors: Mapping[str, list[str]],
    context: FormContext,
    *,
    mode: Mode = "edit",
    full: bool = False,
) -> FormView:
    """Return what the page shows for raw, initial or stored values."""
    standing = resolve if mode == "edit" else recall
    scope = standing(form.components, values, context)
    texts = _looked_up(form, scope, context)
    page = _Page(form, mode, full, errors, context, texts)
    fields = tuple(page.components(form.components, values, scope, ""))
    return FormView(
        form.id, mode, fields, tuple(_links(fields)),
        mode == "edit" and _needs_refresh(form), _has_files(form),
    )  # fmt: skip


def _looked_up(form: Form, scope: Scope, context: FormContext) -> Mapping[str, Any]:
    """Return the results of the expressions that texts and tables show, in one call."""
    asked = list(dict.fromkeys(_displayed(form.components)))
    fields = {item.key: item for item in form.fields}
    seen = {key: item.feel(item.read(scope.values.get(key))) for key, item in fields.items()}
    return dict(zip(asked, context.feel(asked, seen), strict=True))


def _displayed(components: tuple[Component, ...]) -> Iterator[str]:
    for component in components:
        if isinstance(component, Text):
            yield from component.parts()
        elif isinstance(component, Table | DocumentPreview):
            yield component.source
        elif not isinstance(component, Field):
            yield from _displayed(component.components)


def _needs_refresh(form: Form) -> bool:
    keys = form.keys()
    for element, attribute, expression in form.expressions():
        depends = names_in(expression) & (keys - {element})
        if attribute == "conditional.hide" and depends and show_when(expression) is None:
            return True
        if attribute in REFRESHED and depends:
            return True
    return any(getattr(item, "depends_on", None) for item in form.fields)


def _field_names(form: Form) -> frozenset[str]:
    lists = (item for item in form.fields if isinstance(item, DynamicList))
    return form.keys() | {part.key for item in lists for part in item.fields}


def _has_files(form: Form) -> bool:
    inner = (part for item in form.fields if isinstance(item, DynamicList) for part in item.fields)
    return any(isinstance(item, FilePicker) for item in (*form.fields, *inner))


def _links(fields: tuple[FieldView, ...], row: int = 0) -> Iterator[ErrorLink]:
    for item in fields:
        for message in item.errors:
            yield ErrorLink(item.id, item.label, message, row)
        yield from _links(item.children, row)
        for number, inner in enumerate(item.rows, 1):
            yield from _links(inner, number)


@dataclass(frozen=True)
class _Page:
    """One rendering: what is the same for all components of it."""

    form: Form
    mode: Mode
    full: bool
    errors: Mapping[str, list[str]]
    context: FormContext
    results: Mapping[str, Any]

    def components(
        self,
        components: tuple[Component, ...],
        values: Mapping[str, Any],
        scope: Scope,
        prefix: str,
    ) -> Iterator[FieldView]:
        """Yield the views of what is visible now, or may become so in the browser."""
        for component in components:
            when = self._simple_condition(component)
            may_appear = self.mode == "edit" and when is not None
            if not (may_appear or self._is_shown(component, values, scope)):
                continue
            found = self._component(component, values, scope, prefix)
            if found is not None:
                yield self._conditional(found, component, scope, prefix, when)

    def _simple_condition(self, component: Component) -> ShowWhen | None:
        """Return a condition on a field of this form that the browser can follow."""
        when = show_when(component.hide) if component.hide else None
        return when if when is not None and when.name in _field_names(self.form) else None

    def _is_shown(self, component: Component, values: Mapping[str, Any], scope: Scope) -> bool:
        """Tell whether a component is shown; what was submitted stays, whatever holds today."""
        if self.mode == "edit" or not (isinstance(component, Field) or component.components):
            return scope.shows(component)
        own = fields_of((component,))
        return any(item.key in values for item in own)

    def _conditional(
        self,
        found: FieldView,
        component: Component,
        scope: Scope,
        prefix: str,
        when: ShowWhen | None,
    ) -> FieldView:
        around = {item.key: item.key for item in self.form.fields}
        inside = {key: f"{prefix}{key}" for key in scope.values} if prefix else {}
        names = around | inside
        keys = [names[name] for name in sorted(names_in(component.hide) & set(names))]
        if when is not None:
            when = replace(when, name=names[when.name]) if when.name in names else None
        shown = scope.shows(component)
        return replace(
            found, condition_keys=tuple(keys), show_when=when, required=found.required and shown
        )

    def _component(
        self, component: Component, values: Mapping[str, Any], scope: Scope, prefix: str
    ) -> FieldView | None:
        base = FieldView(type=component.type, label=component.label, help=component.help)
        if isinstance(component, Field):
            return self._field(component, values, scope, prefix, base)
        if isinstance(component, Text | Table | Image | DocumentPreview):
            return self._display(component, base)
        children = tuple(self.components(component.components, values, scope, prefix))
        if component.components and not children:
            return None
        return replace(base, id=f"g-{prefix}{component.element}", children=children)

    def _display(
        self, component: Text | Table | Image | DocumentPreview, base: FieldView
    ) -> FieldView | None:
        """Return what is only looked at; in papers nothing that has no value any more."""
        if self.mode == "read" and self._is_gone(component):
            return None
        if isinstance(component, Text):
            return replace(base, html=render_texts(component, self.results))
        if isinstance(component, Image):
            return replace(base, source=component.source, text=component.alt)
        found = self.results.get(component.source)
        if isinstance(component, DocumentPreview):
            documents = map(self.context.document, component.ids(found))
            return replace(base, files=tuple(file for file in documents if file is not None))
        labels = tuple(label for _, label in component.columns)
        return replace(base, columns=labels, cells=component.cells(found))

    def _is_gone(self, component: Component) -> bool:
        """Tell whether what a text or table showed when it was filled in is not known now."""
        asked = component.parts() if isinstance(component, Text) else ()
        asked = (component.source,) if isinstance(component, Table) else asked
        return any(self.results.get(expression) is None for expression in asked)

    def _field(
        self,
        item: Field,
        values: Mapping[str, Any],
        scope: Scope,
        prefix: str,
        base: FieldView,
    ) -> FieldView | None:
        if isinstance(item, ExpressionField) and not item.label:
            return None
        name = f"{prefix}{item.key}"
        setting = scope.settings.get(item.key)
        locked = setting.locked if setting is not None else item.readonly is True
        kept = item.key in values and (self.mode == "read" or not locked)
        value = (values if kept else scope.values).get(item.key)
        problems = tuple(self.errors.get(name, ())) if self.mode == "edit" else ()
        options = self._options(item, scope)
        base = replace(
            base, id=f"f-{name}", name=name, key=item.key, kind=item.kind,
            errors=problems, required=item.required, readonly=locked,
            described_by=_described(name, item.help, problems), hints=hints_of(item),
            value=item.typed(value), text=self._text(item, value, options),
            before=item.before, after=item.after,
        )  # fmt: skip
        return self._special(item, base, value, scope, options)

    def _options(self, item: Field, scope: Scope) -> tuple[tuple[str, str], ...]:
        if not isinstance(item, ChoiceField):
            return ()
        setting = scope.settings.get(item.key)
        return setting.options if setting else item.options(self.context, scope.values, None)

    def _text(self, item: Field, value: Any, options: tuple[tuple[str, str], ...]) -> str:
        text = item.shown(value, options)
        if text and (item.before or item.after):
            text = " ".join(part for part in (item.before, text, item.after) if part)
        return text if self.full or self.mode == "edit" else masked(item.kind, text)

    def _special(
        self,
        item: Field,
        base: FieldView,
        value: Any,
        scope: Scope,
        options: tuple[tuple[str, str], ...],
    ) -> FieldView:
        if isinstance(item, ChoiceField):
            chosen = base.value if isinstance(base.value, list) else [base.value]
            return replace(base, options=tuple(_option_views(base.id, options, chosen)))
        if isinstance(item, FilePicker):
            return replace(base, files=tuple(self._files(base.value)))
        if isinstance(item, DynamicList):
            rows = tuple(self._rows(item, value, scope))
            changes = item.may_add and not base.readonly
            return replace(
                base, value=None, rows=rows, may_remove=changes,
                may_add=changes and len(rows) < item.max_rows,
            )  # fmt: skip
        if isinstance(item, DateField) and not item.is_readable(value):
            # A date control would lose what was typed; a text control keeps it.
            return replace(base, hints=replace(base.hints, input_type="text"))
        if item.kind:
            return replace(base, signer=self._signer(item))
        return base

    def _files(self, ids: list[str]) -> Iterator[AttachmentInfo]:
        for attachment_id in ids:
            found = self.context.attachment(attachment_id)
            if found is not None:
                yield found

    def _signer(self, item: Field) -> str:
        signer = self.context.signer()
        if signer is None:
            return ""
        return (signer.organisation_name or "") if item.kind == SEAL else signer.name

    def _rows(self, item: DynamicList, value: Any, scope: Scope) -> Iterator[tuple[FieldView, ...]]:
        rows = value if isinstance(value, list) else []
        for number, inner in enumerate(scope.rows.get(item.key, ())):
            row = rows[number] if number < len(rows) and isinstance(rows[number], Mapping) else {}
            prefix = row_name(item.key, number, "")
            yield tuple(self.components(item.components, row, inner, prefix))


def _described(name: str, help_text: str, problems: tuple[str, ...]) -> str:
    parts = [f"f-{name}-help"] if help_text else []
    return " ".join([*parts, f"f-{name}-error"] if problems else parts)


def _option_views(
    field_id: str, options: tuple[tuple[str, str], ...], chosen: list[Any]
) -> Iterator[OptionView]:
    for number, (value, label) in enumerate(options):
        # The first option carries the field's id, so that the error summary can lead there.
        own = field_id if number == 0 else f"{field_id}-{number}"
        yield OptionView(own, value, label, value in chosen)
