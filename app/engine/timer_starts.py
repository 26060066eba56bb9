"""Procedures that begin by time: armed when their bundle is published, disarmed by the next one.

A firing moves the schedule on and writes an outbox row in one transaction; the worker of that row
begins the case as of the instant that was due, so that what refuses it is seen and tried again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.calendar import Deadline, close_deadline
from app.engine.arming import first_deadline, rearm, repeats, rule_of
from app.engine.bundles import Compiled
from app.engine.situation import Situation, Tools
from app.engine.spiff import Element
from app.engine.start_tables import TimerStart
from app.engine.tables import Outbox, ProcessInstance
from app.engine.unattended import begin_unattended

BEGIN = "case.begin"


def arm_published(session: Session, tools: Tools, bundle: Compiled, now: datetime) -> None:
    """Arm the timer start events of a bundle that was published; published again, they run on."""
    if not session.scalar(select(exists().where(TimerStart.bundle_id == bundle.id))):
        arm_anew(session, tools, bundle, now)


def arm_anew(session: Session, tools: Tools, bundle: Compiled, now: datetime) -> None:
    """Disarm what the process has armed, and arm the events of this bundle from now on.

    A date that has passed is not armed: every further version would begin its case once more.
    """
    disarm(session, bundle.key, now)
    here = Situation(tools, session, bundle, now)
    for element in bundle.definition.starts_of(bundle.key):
        if element.event == "timer":
            _arm(here, element)


def disarm(session: Session, process_key: str, now: datetime) -> None:
    """Let nothing of a process begin by time any more."""
    for row in armed(session, process_key):
        row.done_at = now
        _close(session, row, now)


def _arm(here: Situation, element: Element) -> None:
    rule = rule_of(element, here)
    deadline, left = first_deadline(element, here.bundle.id, here, rule)
    row = TimerStart(
        id=new_id(),
        process_key=here.bundle.key,
        bundle_id=here.bundle.id,
        element_id=element.id,
        deadline_id=deadline.id,
        rule=rule,
        due_at=deadline.due_at,
        cycles_left=left,
    )
    here.session.add(row)
    if element.timer_kind == "date" and deadline.due_at < here.now:
        row.done_at = here.now
        close_deadline(deadline, now=here.now)


def armed(session: Session, process_key: str) -> list[TimerStart]:
    """Return what a process has armed, the next one first."""
    query = select(TimerStart).where(
        TimerStart.process_key == process_key, TimerStart.done_at.is_(None)
    )
    return list(session.scalars(query.order_by(TimerStart.due_at, TimerStart.id)))


def due_starts(session: Session, now: datetime, limit: int = 50) -> list[str]:
    """Return the ids of what is due, the longest overdue first."""
    query = select(TimerStart.id).where(TimerStart.done_at.is_(None), TimerStart.due_at <= now)
    return list(session.scalars(query.order_by(TimerStart.due_at, TimerStart.id).limit(limit)))


def fire_start(session: Session, tools: Tools, start_id: str, now: datetime) -> int:
    """Let one due start event begin a case and arm its next turn; returns 0 when it is not due.

    The row is locked, so that two workers fire it once.
    """
    row = session.get_one(TimerStart, start_id, with_for_update=True, populate_existing=True)
    if row.done_at is not None or row.due_at > now:
        return 0
    at, again = row.due_at, repeats(row)
    session.add(_order(row, at))
    _close(session, row, at)
    if again:
        bundle = tools.bundles.get(session, row.bundle_id)
        rearm(row, row.bundle_id, Situation(tools, session, bundle, at))
    else:
        row.done_at = at
    return 1


def _order(row: TimerStart, at: datetime) -> Outbox:
    """Return the order to begin a case; its key makes a second one for the same turn impossible."""
    payload = {"bundle": row.bundle_id, "element": row.element_id, "at": at.isoformat()}
    key = f"{BEGIN}:{row.id}:{at.isoformat()}"
    return Outbox(id=new_id(), kind=BEGIN, key=key, payload=payload, created_at=at)


def begin_due(
    session: Session, tools: Tools, bundle_id: str, element_id: str, at: datetime
) -> ProcessInstance:
    """Begin the case that a start event of a bundle stands for, as of the instant it was due."""
    bundle = tools.bundles.get(session, bundle_id)
    element = bundle.definition.elements[element_id]
    return begin_unattended(session, tools, bundle, element, {}, now=at)


def _close(session: Session, row: TimerStart, now: datetime) -> None:
    close_deadline(session.get_one(Deadline, row.deadline_id), now=now)
