"""The parts of element templates: a template's head, and its fields by what they are bound to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.codes import code_list
from app.engine.checks.properties import VALUES
from app.engine.situation import WORKING_DAYS
from app.messages import message

# The format asks every template to name its schema by this address.
SCHEMA = "https://unpkg.com/@camunda/zeebe-element-templates-json-schema/resources/schema.json"
CAPITAL = re.compile(r"[A-Z]")
OWNER = "title-certificates"
GROUPS = ("work", "people", "time", "rules", "return")
Field = dict[str, Any]


def template(
    name: str, title: str, about: str, kind: str, fields: Iterable[Field], *words: str
) -> dict[str, Any]:
    """Return a template for one kind of element; `words` also find it."""
    given = list(fields)
    used = {field.get("group") for field in given}
    applies = ["bpmn:Task", kind] if kind.endswith("Task") else [kind]
    return {
        "$schema": SCHEMA,
        "name": title,
        "id": f"{OWNER}.{name}",
        "description": about,
        "keywords": [name, *words],
        "appliesTo": applies,
        "elementType": {"value": kind},
        "groups": [
            {"id": group, "label": message(f"palette.group_{group}")}
            for group in GROUPS
            if group in used
        ],
        "properties": given,
    }


def hidden(value: str, **binding: str) -> Field:
    """Return a field that is always the same and not shown."""
    return {"type": "Hidden", "value": value, "binding": binding}


def text(label: str, group: str, *, about: str = "", value: str = "", **binding: str) -> Field:
    """Return a field for a text without expressions."""
    field: Field = {"label": label, "type": "String", "group": group, "binding": binding}
    return field | _given(about, value)


def feel(
    label: str, group: str, *, about: str = "", value: str = "", required: bool = False,
    **binding: str,
) -> Field:  # fmt: skip
    """Return a field for a text or an expression; `required` takes expressions only."""
    return text(label, group, about=about, value=value, **binding) | {
        "feel": "required" if required else "optional"
    }


def choice(
    label: str, group: str, words: Mapping[str, str], *, about: str = "", value: str = "",
    **binding: str,
) -> Field:  # fmt: skip
    """Return a field for one of several words, each with what it means."""
    choices = [{"name": name, "value": word} for word, name in words.items()]
    field = text(label, group, about=about, value=value, **binding)
    return field | {"type": "Dropdown", "choices": choices}


def needed(field: Field) -> Field:
    """Return a field that must be filled."""
    return field | {"constraints": {"notEmpty": True}}


def optional(field: Field) -> Field:
    """Return a field that leaves no trace while it is empty."""
    return field | {"optional": True}


def house_property(name: str, group: str, *, about: str = "") -> Field:
    """Return the field of a property of the house that is a text."""
    label = message(f"palette.{spelt(name)}")
    return optional(text(label, group, about=about, type="zeebe:property", name=name))


def house_choice(name: str, group: str, words: Mapping[str, str]) -> Field:
    """Return the field of a property of the house that is one of several words, or left out."""
    label, left_out = message(f"palette.{spelt(name)}"), {"": message("palette.none")}
    return optional(choice(label, group, left_out | dict(words), type="zeebe:property", name=name))


def house_value(name: str, group: str) -> Field:
    """Return the field of a property that knows a few words only, each with what it means."""
    words = {word: message(f"palette.{spelt(name)}_{spelt(word)}") for word in VALUES[name]}
    return house_choice(name, group, words)


def spelt(name: str) -> str:
    """Return a name of a drawing as message codes spell it."""
    return CAPITAL.sub(lambda found: f"_{found[0].lower()}", name).replace("-", "_")


def state() -> Field:
    """Return the field of the case's state."""
    return house_choice("caseState", "rules", labels("case_state"))


def calendar() -> Field:
    """Return the field that says which days count; working days unless somebody says otherwise."""
    words = {
        WORKING_DAYS: message("palette.calendar_working_days"),
        "": message("palette.calendar_natural"),
    }
    label = message("palette.calendar")
    return optional(
        choice(label, "time", words, value=WORKING_DAYS, type="zeebe:property", name="calendar")
    )


def legal_basis(clauses: Mapping[str, Any]) -> Field:
    """Return the field of the clause, by document and article."""
    words = {key: f"{entry['document']} {entry['article']}" for key, entry in clauses.items()}
    return house_choice("legalBasis", "rules", words)


def labels(name: str) -> dict[str, str]:
    """Return the codes of a list, each with what it is called."""
    return {code.code: code.label for code in code_list(name)}


def _given(about: str, value: str) -> Field:
    given = {"description": about, "value": value}
    return {name: words for name, words in given.items() if words}
