"""Turns a raw submission into clean values, or into errors beside the fields.

Whoever calls gets either a `Submission` that can be stored as it is, or `FormInvalid` with
finished sentences in the order of the form and the raw values to show again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from app.errors import AppError
from app.forms.components import DynamicList
from app.forms.context import FormContext
from app.forms.form import Form


class FormInvalid(AppError):
    """Something has to be changed before the form can be taken."""

    def __init__(self, errors: Mapping[str, list[str]], values: Mapping[str, Any]) -> None:
        super().__init__("form.invalid", count=len(errors))
        self.errors = dict(errors)
        self.values = dict(values)

    def __str__(self) -> str:
        # Neither values nor sentences: they may hold personal data and errors reach logs.
        return f"form.invalid ({', '.join(self.errors)})"


@dataclass(frozen=True)
class Submission:
    """Clean, JSON-safe values, and those of them that may become process variables."""

    values: dict[str, Any]
    variables: dict[str, Any]


def validate(form: Form, raw: Mapping[str, Any], context: FormContext) -> Submission:
    """Return the submission; raises FormInvalid."""
    try:
        values = form.schema(context, raw).load(dict(raw))
    except ValidationError as error:
        found = dict(_flat(form, error.normalized_messages()))
        raise FormInvalid(found, raw) from error
    ordered = {field.key: values[field.key] for field in form.fields if field.key in values}
    return Submission(ordered, form.variables(ordered))


def row_name(key: str, number: int, inner: str) -> str:
    """Return the posted name of a field in a list row."""
    return f"{key}-{number}-{inner}"


def _flat(form: Form, messages: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for field in form.fields:
        found = messages.get(field.key)
        if isinstance(found, Mapping) and isinstance(field, DynamicList):
            yield from _rows(field, found)
        elif found:
            yield field.key, list(found)


def _rows(field: DynamicList, found: Mapping[Any, Any]) -> Iterator[tuple[str, list[str]]]:
    for number in sorted(found):
        for inner in ("", *(part.key for part in field.fields)):
            if inner in found[number]:
                name = row_name(field.key, number, inner) if inner else field.key
                yield name, list(found[number][inner])
