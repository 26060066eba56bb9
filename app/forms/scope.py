"""What holds in a form for given values: hidden parts, locked values, limits, options.

Conditions and computed values are run again on the server, in as many rounds as they depend on
each other; a hidden field counts as empty for the others. One call to FEEL per round.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.forms.components import (
    ChoiceField,
    Component,
    DynamicList,
    ExpressionField,
    Field,
    Setting,
    TextField,
    Unreadable,
    fields_of,
)
from app.forms.components.base import PATTERN_NAME
from app.forms.components.choice import offered_now
from app.forms.context import Choice, FormContext

MOST_ROUNDS = 40


@dataclass(frozen=True)
class Scope:
    """The state of a form, or of one row of a list."""

    values: Mapping[str, Any]
    hiding: frozenset[str]
    settings: Mapping[str, Setting]
    rows: Mapping[str, tuple[Scope, ...]] = field(default_factory=dict)

    def shows(self, component: Component) -> bool:
        """Tell whether the component itself is not hidden by its own condition."""
        return component.hide not in self.hiding


def resolve(
    components: tuple[Component, ...], raw: Mapping[str, Any], context: FormContext
) -> Scope:
    """Return what holds for the raw values of one person at one instant."""
    fields = tuple(fields_of(components))
    locked = locked_values(fields, context)
    values = {
        item.key: locked[item.key] if item.key in locked else item.read(raw.get(item.key))
        for item in fields
    }
    return _resolve(components, values, locked, context, {})


def recall(
    components: tuple[Component, ...], values: Mapping[str, Any], context: FormContext
) -> Scope:
    """Return what holds for a stored submission: nothing is locked or prefilled anew."""
    read = {item.key: item.read(values.get(item.key)) for item in fields_of(components)}
    return _resolve(components, read, {}, context, {})


def initial_values(
    components: tuple[Component, ...],
    context: FormContext,
    draft: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what a form shows when it is opened: the draft over prefilled over default values."""
    fields = tuple(fields_of(components))
    found = _prefilled(fields, context)
    locked = locked_values(fields, context)
    kept = {key: value for key, value in (draft or {}).items() if key not in locked}
    for item in fields:
        if isinstance(item, DynamicList) and not found[item.key] and item.key not in locked:
            found[item.key] = [blank_row(item) for _ in range(item.first_rows)]
    return {item.key: {**found, **kept}[item.key] for item in fields}


def blank_row(item: DynamicList) -> dict[str, Any]:
    """Return a row as it looks when a person adds it."""
    return {part.key: part.read(part.default) for part in item.fields}


def locked_values(fields: tuple[Field, ...], context: FormContext) -> dict[str, Any]:
    """Return the values only the server may set, by key; decided from its own facts alone."""
    asked = [item for item in fields if isinstance(item.readonly, str)]
    answers = context.feel([str(item.readonly) for item in asked], {})
    by_condition = {item.key for item, answer in zip(asked, answers, strict=True) if answer is True}
    locked = tuple(item for item in fields if item.readonly is True or item.key in by_condition)
    return _prefilled(locked, context)


def _prefilled(fields: tuple[Field, ...], context: FormContext) -> dict[str, Any]:
    asked = [item for item in fields if item.prefill]
    answers = context.feel([item.prefill for item in asked], {})
    found = {item.key: answer for item, answer in zip(asked, answers, strict=True)}
    read = {
        item.key: item.read(item.default if found.get(item.key) is None else found[item.key])
        for item in fields
    }
    return {
        item.key: item.empty if isinstance(read[item.key], Unreadable) else read[item.key]
        for item in fields
    }


def _resolve(
    components: tuple[Component, ...],
    values: dict[str, Any],
    locked: Mapping[str, Any],
    context: FormContext,
    around: Mapping[str, Any],
) -> Scope:
    values, hiding = _settle(components, values, context, around)
    fields = tuple(_visible(components, hiding))
    seen = {**around, **_seen(fields, values)}
    settings = _settings(fields, values, locked, seen, context)
    rows = {
        item.key: _rows(item, values[item.key], seen, context)
        for item in fields
        if isinstance(item, DynamicList)
    }
    return Scope(values, hiding, settings, rows)


def _visible(components: tuple[Component, ...], hiding: frozenset[str]) -> list[Field]:
    found: list[Field] = []
    for component in components:
        if component.hide in hiding:
            continue
        if isinstance(component, Field):
            found.append(component)
        else:
            found += _visible(component.components, hiding)
    return found


def _seen(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as expressions see them."""
    return {item.key: item.feel(values.get(item.key)) for item in fields}


def _conditions(components: tuple[Component, ...]) -> list[str]:
    found: dict[str, None] = {}
    for component in components:
        if component.hide:
            found[component.hide] = None
        if not isinstance(component, DynamicList):
            found |= dict.fromkeys(_conditions(component.components))
    return list(found)


def _settle(
    components: tuple[Component, ...],
    values: dict[str, Any],
    context: FormContext,
    around: Mapping[str, Any],
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the values with computed ones, and the conditions that hide, once they agree."""
    fields = tuple(fields_of(components))
    conditions = _conditions(components)
    computed = [item for item in fields if isinstance(item, ExpressionField)]
    hiding: frozenset[str] = frozenset()
    asked = [*conditions, *(item.expression for item in computed)]
    for _ in range(min(len(asked) + 1, MOST_ROUNDS) if asked else 0):
        nothing = {item.key: item.feel(item.empty) for item in fields}
        seen = nothing | _seen(tuple(_visible(components, hiding)), values)
        answers = context.feel(asked, {**around, **seen})
        now_hiding = frozenset(
            c for c, answer in zip(conditions, answers, strict=False) if answer is True
        )
        results = answers[len(conditions) :]
        new = {item.key: answer for item, answer in zip(computed, results, strict=True)}
        if now_hiding == hiding and all(values.get(key) == new[key] for key in new):
            break
        values, hiding = values | new, now_hiding
    return values, hiding


def _settings(
    fields: tuple[Field, ...],
    values: Mapping[str, Any],
    locked: Mapping[str, Any],
    seen: Mapping[str, Any],
    context: FormContext,
) -> dict[str, Setting]:
    asked: list[tuple[str, str, str]] = []
    patterns: dict[str, str] = {}
    for item in fields:
        asked += [(item.key, name, rule) for name, rule in _dynamic(item)]
        if isinstance(item, TextField) and item.pattern and values.get(item.key):
            # The expression engine matches, so that a costly pattern meets its time limit.
            name = f"{PATTERN_NAME}{len(patterns)}"
            patterns[name] = item.pattern
            asked.append((item.key, "matches", f"=matches({item.key}, {name})"))
    answers = context.feel([text for _, _, text in asked], {**seen, **patterns})
    found: dict[str, dict[str, Any]] = {item.key: dict(item.rules) for item in fields}
    for (key, name, _), answer in zip(asked, answers, strict=True):
        found[key][name] = answer
    return {item.key: _setting(item, found[item.key], values, locked, context) for item in fields}


def _dynamic(item: Field) -> list[tuple[str, str]]:
    rules = [(n, r) for n, r in item.rules.items() if isinstance(r, str) and r.startswith("=")]
    if isinstance(item, ChoiceField) and item.values_expression:
        rules.append(("options", item.values_expression))
    if isinstance(item, ChoiceField) and item.offered:
        rules.append(("offered", item.offered))
    return rules


def _setting(
    item: Field,
    rules: Mapping[str, Any],
    values: Mapping[str, Any],
    locked: Mapping[str, Any],
    context: FormContext,
) -> Setting:
    options: tuple[Choice, ...] = ()
    if isinstance(item, ChoiceField):
        options = item.options(context, values, rules.get("options"))
        options = offered_now(options, rules.get("offered"))
    own = isinstance(item, ExpressionField) or item.key in locked
    return Setting(context, rules, options, own, values.get(item.key))


def json_safe(value: Any) -> Any:
    """Return a computed value as plain JSON; dates become ISO text, the rest of objects text."""
    return json.loads(json.dumps(value, default=_text, ensure_ascii=False))


def _text(value: Any) -> str:
    if isinstance(value, Unreadable):
        return value.text
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _rows(
    item: DynamicList, rows: list[dict[str, Any]], seen: Mapping[str, Any], context: FormContext
) -> tuple[Scope, ...]:
    locked_parts = [part for part in item.fields if part.readonly is True]
    found = []
    for number, row in enumerate(rows, 1):
        locked = {part.key: part.read(part.default) for part in locked_parts}
        around = {**seen, "this": item.feel([row])[0], "parent": dict(seen), "i": number}
        found.append(_resolve(item.components, {**row, **locked}, locked, context, around))
    return tuple(found)
