"""What people notice of a case: its state, open tasks, groups, deadlines, documents, notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.accounts import Account
from app.domain.calendar import Deadline
from app.domain.cases.tables import CaseRow
from app.domain.certificates.tables import Certificate
from app.domain.issuance.tables import Issuance
from app.domain.notifications.tables import AddresseeKind, Notification
from app.domain.publicity.facts import publicity_facts
from app.domain.titles.tables import TitleRecord
from app.engine.read_history import by_person, told_events
from app.engine.situation import Tools
from app.engine.tables import (
    OPEN,
    Incident,
    MessageSubscription,
    ProcessInstance,
    TaskCandidate,
    UserTask,
)


@dataclass(frozen=True)
class Observation:
    """A case as people see it at one moment."""

    number: str
    state: str
    publicity: str
    region: str
    open: list[str]
    groups: dict[str, list[str]]
    deadlines: dict[str, datetime]
    documents: list[str]
    notices: list[str]
    recipients: dict[str, list[str]]
    title: dict[str, Any]
    incidents: list[str]
    issuance: str | None


def observe(session: Session, case_id: str) -> Observation:
    """Look at a case."""
    case = session.get_one(CaseRow, case_id)
    instance = (
        session.get(ProcessInstance, case.process_instance_id) if case.process_instance_id else None
    )
    tasks = session.scalars(
        select(UserTask).where(UserTask.case_id == case_id, UserTask.status == OPEN)
    ).all()
    groups: dict[str, list[str]] = {}
    for task in tasks:
        query = select(TaskCandidate.group_code).where(TaskCandidate.task_id == task.id)
        groups.setdefault(task.element_id, []).extend(session.scalars(query))
    deadlines = {task.element_id: task.due_at for task in tasks if task.due_at is not None}
    if instance is not None:
        open_periods = select(Deadline).where(
            Deadline.process_instance_id == instance.id, Deadline.closed_at.is_(None)
        )
        deadlines |= {row.kind: row.due_at for row in session.scalars(open_periods)}
    sent = _recipients(session, case)
    return Observation(
        number=case.case_no or "",
        state=case.state,
        publicity=publicity_facts(session, case.case_no, now=case.updated_at)["state"],
        region=_region(session, instance),
        open=[t.element_id for t in tasks],
        groups=groups,
        deadlines=deadlines,
        documents=_documents(session, case),
        notices=list(sent),
        recipients=sent,
        title=_title(session, case),
        incidents=_incidents(session, instance),
        issuance=_issuance(session, case),
    )


def history_lines(session: Session, tools: Tools, case_id: str) -> list[str]:
    """Return the lines of the history as they are read: step, who, why; the newest first."""
    instance_id = session.get_one(CaseRow, case_id).process_instance_id
    if instance_id is None:
        return []
    bundle_id = session.get_one(ProcessInstance, instance_id).bundle_id
    events = told_events(session, tools.bundles.get(session, bundle_id), instance_id)
    parts = (
        (event.element_name, event.person_name if by_person(event) else "", event.reason)
        for event in events
    )
    return [" ".join(part for part in each if part) for each in parts]


def newest_case(session: Session, process_key: str) -> str | None:
    """Return the case of a procedure that was begun last."""
    query = select(ProcessInstance.case_id).where(ProcessInstance.process_key == process_key)
    return session.scalars(query.order_by(ProcessInstance.id.desc()).limit(1)).first()


def awaited_key(session: Session, case_id: str, name: str) -> str:
    """Return the correlation key under which a case waits for a message; empty when it does not."""
    query = (
        select(MessageSubscription.correlation_key)
        .join(ProcessInstance, ProcessInstance.id == MessageSubscription.instance_id)
        .where(
            ProcessInstance.case_id == case_id,
            MessageSubscription.name == name,
            MessageSubscription.done_at.is_(None),
        )
    )
    return session.scalars(query.limit(1)).first() or ""


def _region(session: Session, instance: ProcessInstance | None) -> str:
    if instance is None:
        return "450000"
    query = select(Deadline.region).where(Deadline.process_instance_id == instance.id)
    return session.scalars(query.limit(1)).first() or "450000"


def _documents(session: Session, case: CaseRow) -> list[str]:
    query = (
        select(Certificate.template)
        .join(Issuance, Issuance.id == Certificate.issuance_id)
        .where(Issuance.case_no == case.case_no)
    )
    return list(session.scalars(query))


def _issuance(session: Session, case: CaseRow) -> str | None:
    query = select(Issuance.state).where(Issuance.case_no == case.case_no)
    return session.scalars(query.order_by(Issuance.opened_at.desc()).limit(1)).first()


def _recipients(session: Session, case: CaseRow) -> dict[str, list[str]]:
    """Return to whom each notice went: person codes, groups, user names."""
    if case.case_no is None:
        return {}
    query = select(Notification.template, Notification.to_kind, Notification.to_code)
    rows = session.execute(query.where(Notification.case_no == case.case_no))
    found: dict[str, list[str]] = {}
    for template, kind, code in rows:
        account = session.get(Account, code) if kind == AddresseeKind.ACCOUNT else None
        name = account.user_name if account is not None else code
        if name not in found.setdefault(template, []):
            found[template].append(name)
    return found


def _title(session: Session, case: CaseRow) -> dict[str, Any]:
    record = session.get(TitleRecord, case.title_record_id) if case.title_record_id else None
    if record is None:
        return {}
    names = ("status", "paper_status", "carrier", "issue_reason", "specialty")
    found = {name: getattr(record, name) for name in names}
    return {**found, "acquired_on": record.acquired_on.isoformat() if record.acquired_on else None}


def _incidents(session: Session, instance: ProcessInstance | None) -> list[str]:
    if instance is None:
        return []
    query = select(Incident.element_id).where(
        Incident.instance_id == instance.id, Incident.resolved_at.is_(None)
    )
    return list(session.scalars(query))
