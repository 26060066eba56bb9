"""What has happened on a case, for reading: the timeline, the papers handed in, the opinions.

All of it is projected rows; nothing here touches the running instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import has_code, label
from app.domain.organisations import names_of
from app.engine.bundles import Compiled
from app.engine.migrating.earlier import bundles_by_row
from app.engine.package import form_path
from app.engine.read_history import (
    AMONG_COLLEAGUES,
    OPERATED,
    SUSPENDED,
    TERMINATED,
    by_person,
    told_events,
)
from app.engine.situation import Situation
from app.engine.tables import ActivityEvent, ProcessInstance, TaskSubmission
from app.forms import AttachmentInfo, FilePicker, Form, FormView, view
from app.web.formpages import info_of, reading_context

OUTCOME, OPINION, SEAL, SIGNATURE = "outcome", "opinion", "seal", "signature"


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    kind: str
    what: str
    by_person: bool
    name: str
    organisation: str
    at: datetime
    clause: str
    behalf: str = ""
    reason: str = ""
    operated: bool = False
    change: str = ""  # for operators: what exactly was changed


@dataclass(frozen=True)
class Paper:
    """One submission in read mode, with its files."""

    title: str
    name: str
    organisation: str
    at: datetime
    view: FormView
    files: tuple[AttachmentInfo, ...]


@dataclass(frozen=True)
class Opinion:
    """A signed opinion."""

    step: str
    outcome: str
    outcome_words: str
    text: str
    name: str
    organisation: str
    sealed: bool
    at: datetime
    clause: str


def timeline(session: Session, bundle: Compiled, instance_id: str) -> list[Line]:
    """Return the history, the newest first; where a called process begins and ends is left out."""
    told = told_events(session, bundle, instance_id)
    names = names_of(session, {event.organisation or "" for event in told})
    return [_line(event, names) for event in told]


def ending(session: Session, instance_id: str) -> ActivityEvent | None:
    """Return the line that says who ended the case before its time, and why; or None."""
    query = select(ActivityEvent).where(
        ActivityEvent.instance_id == instance_id, ActivityEvent.kind == TERMINATED
    )
    return session.scalars(query).first()


def suspension(session: Session, instance: ProcessInstance) -> ActivityEvent | None:
    """Return the line that says who suspended a case that stands still, and why; or None."""
    if instance.suspended_at is None:
        return None
    query = select(ActivityEvent).where(
        ActivityEvent.instance_id == instance.id, ActivityEvent.kind == SUSPENDED
    )
    return session.scalars(query.order_by(ActivityEvent.seq.desc()).limit(1)).first()


def told_to_applicant(lines: list[Line]) -> list[Line]:
    """Return the history without what colleagues ask each other."""
    return [line for line in lines if line.kind not in AMONG_COLLEAGUES]


def _line(event: ActivityEvent, names: Mapping[str, str]) -> Line:
    personal, operated = by_person(event), event.kind in OPERATED
    reason, _, change = (event.reason or "").partition("\n") if operated else (event.reason, "", "")
    return Line(
        event.kind, event.element_name, personal, (event.person_name or "") if personal else "",
        names.get(event.organisation or "", ""), event.at, event.clause or "",
        event.on_behalf_of or "", reason or "", operated, change,
    )  # fmt: skip


def _submissions(session: Session, instance_id: str) -> list[TaskSubmission]:
    query = select(TaskSubmission).where(TaskSubmission.instance_id == instance_id)
    return list(session.scalars(query.order_by(TaskSubmission.at, TaskSubmission.id)))


def _form_of(bundle: Compiled, row: TaskSubmission) -> Form | None:
    element = bundle.definition.elements.get(row.element_id)
    if element is None or not row.form_id:
        return None
    found: Form | None = bundle.forms.get(form_path(row.form_id, element.file.split("/")[1]))
    return found


def papers(situation: Situation, *, full: bool) -> list[Paper]:
    """Return everything handed in so far, in order; personal numbers are masked unless `full`."""
    session, context = situation.session, reading_context(situation)
    rows = _submissions(session, situation.instance_id or "")
    names = names_of(session, {row.organisation or "" for row in rows})
    found, bundle_when = [], bundles_by_row(situation)
    for row in rows:
        bundle = bundle_when(row.id)
        form = _form_of(bundle, row)
        if form is not None:
            shown = view(form, row.values, {}, context, mode="read", full=full)
            found.append(
                Paper(
                    _title(bundle, row),
                    row.name,
                    names.get(row.organisation or "", ""),
                    row.at,
                    shown,
                    tuple(_files(session, form, row.values)),
                )
            )
    return found


def _title(bundle: Compiled, row: TaskSubmission) -> str:
    element = bundle.definition.elements[row.element_id]
    return element.name or bundle.descriptor.title


def _files(session: Session, form: Form, values: Mapping[str, Any]) -> Iterator[AttachmentInfo]:
    for field in form.fields:
        if isinstance(field, FilePicker):
            for attachment_id in values.get(field.key) or []:
                found = info_of(session, attachment_id)
                if found is not None:
                    yield found


def file_ids(session: Session, instance_id: str) -> frozenset[str]:
    """Return every text in the submissions of an instance that could be a file's id."""
    return frozenset(
        item
        for row in _submissions(session, instance_id)
        for value in row.values.values()
        if isinstance(value, list)
        for item in value
        if isinstance(item, str)
    )


def opinions(situation: Situation) -> list[Opinion]:
    """Return the signed opinions, the newest first."""
    session, bundle_when = situation.session, bundles_by_row(situation)
    rows = [
        row
        for row in _submissions(session, situation.instance_id or "")
        if has_code("review_outcome", str(row.values.get(OUTCOME, "")))
    ]
    names = names_of(session, {row.organisation or "" for row in rows})
    clauses = _clauses(session, situation.instance_id or "")
    return [
        Opinion(
            _title(bundle_when(row.id), row),
            row.values[OUTCOME],
            label("review_outcome", row.values[OUTCOME]),
            str(row.values.get(OPINION) or ""),
            row.name,
            names.get(row.organisation or "", ""),
            bool(row.values.get(SEAL)),
            row.at,
            clauses.get(row.element_id, ""),
        )
        for row in reversed(rows)
    ]


def _clauses(session: Session, instance_id: str) -> dict[str, str]:
    query = select(ActivityEvent.element_id, ActivityEvent.clause).where(
        ActivityEvent.instance_id == instance_id, ActivityEvent.clause.is_not(None)
    )
    return {element: clause or "" for element, clause in session.execute(query)}
