"""What did not go on, for the operators: incidents by cause, messages given up, steps tried again.

Only reading; nothing here shows what people filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from app.engine.retrying import RETRY
from app.engine.tables import Incident, Outbox, ProcessInstance
from app.messages import message
from app.web.extensions import house

MOST, LATEST = 200, 20
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = {"sms.send": "sms", "mail.send": "mail", "message.correlate": "correlate", RETRY: "retry"}


@dataclass(frozen=True)
class Trouble:
    """One incident with what an operator asks about it first."""

    incident: Incident
    instance: ProcessInstance
    attempts: int
    age: str


@dataclass(frozen=True)
class Cause:
    """Incidents that have the same cause; the newest tells it in words."""

    kind: str
    sentence: str
    troubles: list[Trouble]


@dataclass(frozen=True)
class Sending:
    """A row of the outbox that was given up, or waits for its next attempt."""

    row: Outbox
    name: str
    case_no: str
    age: str


def causes(session: Session, now: datetime) -> list[Cause]:
    """Return the open incidents by cause, the most frequent cause first."""
    query = (
        select(Incident, ProcessInstance, Outbox)
        .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .outerjoin(Outbox, Outbox.id == Incident.outbox_id)
        .where(Incident.resolved_at.is_(None))
        .order_by(Incident.created_at.desc(), Incident.id)
    )
    found: dict[str, list[Trouble]] = {}
    for incident, instance, row in session.execute(query.limit(MOST)):
        attempts = row.attempts if row is not None else _tries(session, incident, instance)
        trouble = Trouble(incident, instance, attempts, age(now - incident.created_at))
        found.setdefault(incident.kind, []).append(trouble)
    grouped = [Cause(kind, each[0].incident.sentence, each) for kind, each in found.items()]
    return sorted(grouped, key=lambda cause: -len(cause.troubles))


def _tries(session: Session, incident: Incident, instance: ProcessInstance) -> int:
    """Return how often a step was tried: its drawing says how often that is done by itself."""
    definition = house().tools.bundles.get(session, instance.bundle_id).definition
    element = definition.elements.get(incident.element_id)
    retries = element.retries if element is not None else None
    return int(retries) if retries else 1


def resolved(session: Session) -> Sequence[tuple[Incident, ProcessInstance]]:
    """Return the incidents that were repaired last."""
    query = select(Incident, ProcessInstance).join(
        ProcessInstance, ProcessInstance.id == Incident.instance_id
    )
    query = query.where(Incident.resolved_at.is_not(None))
    rows = session.execute(query.order_by(Incident.resolved_at.desc()).limit(LATEST))
    return [(incident, instance) for incident, instance in rows]


def given_up(session: Session, now: datetime) -> list[Sending]:
    """Return what was given up after all attempts and has no incident that tells of it."""
    told = exists().where(Incident.outbox_id == Outbox.id, Incident.resolved_at.is_(None))
    query = _sendings().where(Outbox.dead_at.is_not(None), Outbox.done_at.is_(None), ~told)
    return _named(session, query.order_by(Outbox.dead_at.desc()).limit(MOST), now)


def trying(session: Session, now: datetime) -> list[Sending]:
    """Return what failed at least once and is tried again by itself."""
    again = (Outbox.attempts > 0) | (Outbox.kind == RETRY)
    query = _sendings().where(Outbox.dead_at.is_(None), Outbox.done_at.is_(None), again)
    return _named(session, query.order_by(Outbox.not_before).limit(MOST), now)


def _sendings() -> Select[Any]:
    columns: tuple[Any, ...] = (Outbox, ProcessInstance.business_key)
    return select(*columns).outerjoin(ProcessInstance, ProcessInstance.id == Outbox.instance_id)


def _named(session: Session, query: Select[Any], now: datetime) -> list[Sending]:
    return [
        Sending(row, message(f"operating.{KINDS.get(row.kind, 'work')}"), case_no or "",
                age(now - row.created_at))
        for row, case_no in session.execute(query)
    ]  # fmt: skip


def age(passed: timedelta) -> str:
    """Return how long ago something was, as people say it."""
    if passed < HOUR:
        return message("operating.minutes", count=max(1, ceil(passed / timedelta(minutes=1))))
    if passed < DAY:
        return message("operating.hours", count=int(passed / HOUR))
    return message("operating.days", count=passed.days)
