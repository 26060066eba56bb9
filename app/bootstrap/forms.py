"""Joins forms to the engine: a situation becomes the context in which a form is shown and checked.

Engine and forms do not know each other; both are known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.domain.attachments.tables import Attachment
from app.domain.codes import code_list, titles_of
from app.domain.organisations import active_organisations, name_of
from app.engine.looking import RETURN_TARGETS
from app.engine.situation import Situation
from app.engine.tables import UserTask
from app.feel import Feel
from app.forms import AttachmentInfo, ChoiceField, Form, FormContext, Signer, load_form, validate

Choice = tuple[str, str]


def form_context(situation: Situation) -> FormContext:
    """Return what a form may ask in a situation."""

    def evaluate(expressions: Sequence[str], given: Mapping[str, Any]) -> list[Any]:
        return situation.evaluate(expressions, extra=given)

    def options(name: str, /, **given: str) -> Sequence[Choice]:
        return _options(situation, name, given)

    def attachment(attachment_id: str) -> AttachmentInfo | None:
        return _attachment(situation, attachment_id)

    return FormContext(
        evaluate=evaluate,
        context={},
        now=situation.now,
        signer=lambda: _signer(situation),
        code_list=lambda name: [(code.code, code.label) for code in code_list(name)],
        options=options,
        attachment=attachment,
    )


def _options(situation: Situation, name: str, given: Mapping[str, str]) -> Sequence[Choice]:
    if name == "titles" and given.get("series") and given.get("level"):
        return [(t.title, t.title) for t in titles_of(given["series"], given["level"])]
    if name == "organisations":
        return active_organisations(situation.session)
    if name == RETURN_TARGETS and name not in situation.own_facts:
        return _steps(situation)
    found = situation.value(name) or []
    return [(str(option["value"]), str(option["label"])) for option in found]


def _steps(situation: Situation) -> Sequence[Choice]:
    """Name every step of the procedure: what a form that is only read says of a return."""
    elements = situation.bundle.definition.elements.values()
    return [(e.id, e.name or e.id) for e in elements if e.kind == "userTask"]


def _attachment(situation: Situation, attachment_id: str) -> AttachmentInfo | None:
    row = situation.session.get(Attachment, attachment_id)
    actor = situation.actor
    if row is None or actor is None:
        return None
    if row.uploaded_by != actor.account_id and not _lies_here(situation, row):
        return None
    return AttachmentInfo(row.id, row.file_name, row.mime, row.size)


def _lies_here(situation: Situation, row: Attachment) -> bool:
    """Tell whether a file is the task's own, by whomever: a colleague's, or a returned one's."""
    query = select(UserTask.id).where(
        UserTask.instance_id == situation.instance_id, UserTask.token_id == situation.token_id
    )
    if row.owner_type == "task" and row.owner_id == situation.session.scalar(query):
        return True
    values = situation.submission_of(situation.element_id).values()
    return any(isinstance(value, list) and row.id in value for value in values)


def _signer(situation: Situation) -> Signer | None:
    actor = situation.actor
    if actor is None:
        return None
    code = actor.organisation
    return Signer(actor.name, name_of(situation.session, code) if code else None)


@dataclass(frozen=True)
class Forms:
    """The engine's form gateway."""

    feel: Feel

    def load(self, data: bytes, file: str) -> Form:
        """Parse a form file."""
        return load_form(data, file, analyse=self.feel.analyse)

    def validate(self, form: Form, raw: Mapping[str, Any], situation: Situation) -> dict[str, Any]:
        """Return clean values; raises FormInvalid with a sentence beside each field."""
        return validate(form, raw, form_context(situation)).values

    def variables(self, form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that may become process variables."""
        return form.variables(values)

    def variable_keys(self, form: Form) -> frozenset[str]:
        """Return the fields that may become process variables."""
        return form.variable_keys()

    def keys(self, form: Form) -> frozenset[str]:
        """Return all fields."""
        return form.keys()

    def labels(self, form: Form) -> dict[str, str]:
        """Return how people call each field."""
        return {field.key: field.label or field.key for field in form.fields}

    def expressions(self, form: Form) -> Iterator[tuple[str, str, str]]:
        """Yield component, attribute and FEEL text of every expression."""
        return form.expressions()

    def own_names(self, form: Form) -> frozenset[str]:
        """Return the names that only this form's expressions know."""
        return form.names()

    def sources(self, form: Form) -> Iterator[tuple[str, str]]:
        """Yield component and name of every list of options that a fact or variable gives."""
        return form.sources()

    def choices(self, form: Form, key: str) -> frozenset[str]:
        """Return the values written in a form for a field; empty when it has none."""
        field = form.field(key) if key in form.keys() else None  # noqa: SIM118 - not a mapping
        values = field.values if isinstance(field, ChoiceField) else ()
        return frozenset(value for value, _ in values)
