"""Holds: a case stands still while a suspicion against it is looked into.

While one is open, nobody may complete a task of the case; timers run on. Which task lifts a hold
is drawn in the process file.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.cases.tables import CaseHold

OLDEST_FIRST = (CaseHold.held_at, CaseHold.id)


def hold(session: Session, case_id: str, reason: str, *, by: str, now: datetime) -> CaseHold:
    """Hold a case for a reason that everybody concerned is told."""
    found = CaseHold(id=new_id(), case_id=case_id, reason=reason, held_by=by, held_at=now)
    session.add(found)
    return found


def lift(session: Session, case_id: str, *, by: str, now: datetime, every: bool = False) -> None:
    """Lift the oldest open hold of a case, or every one."""
    for found in _open(session, case_id)[: None if every else 1]:
        found.lifted_by, found.lifted_at = by, now


def held_because(session: Session, case_id: str) -> str | None:
    """Return why a case is held, or None."""
    query = select(CaseHold.reason).where(*_open_on(case_id)).order_by(*OLDEST_FIRST)
    return session.scalar(query.limit(1))


def _open(session: Session, case_id: str) -> list[CaseHold]:
    query = select(CaseHold).where(*_open_on(case_id)).order_by(*OLDEST_FIRST)
    return list(session.scalars(query))


def _open_on(case_id: str) -> tuple[ColumnElement[bool], ...]:
    return CaseHold.case_id == case_id, CaseHold.lifted_at.is_(None)
