"""Deadlines as every page shows them: what is left, how it was counted, by which clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.calendar import Deadline, Explanation, Remaining, explain, load_calendar, remaining
from app.engine.tables import ProcessInstance
from app.web.extensions import house


@dataclass(frozen=True)
class Chip:
    """A deadline in words."""

    remaining: Remaining
    explanation: Explanation
    clause: str | None
    due_at: datetime


def chip(session: Session, deadline: Deadline | None, now: datetime) -> Chip | None:
    """Return a deadline in words; None for work that has none."""
    if deadline is None:
        return None
    return Chip(
        remaining(deadline, load_calendar(session), now),
        explain(deadline, load_calendar(session, deadline.calendar_version)),
        clause_of(session, deadline),
        deadline.due_at,
    )


def chip_of(session: Session, deadline_id: str | None, now: datetime) -> Chip | None:
    """Return the chip of a deadline by its id."""
    return chip(session, session.get(Deadline, deadline_id) if deadline_id else None, now)


def clause_of(session: Session, deadline: Deadline) -> str | None:
    """Return the clause that a deadline rests on, in the words in force when it began."""
    instance = session.get(ProcessInstance, deadline.process_instance_id or "")
    if instance is None or not deadline.legal_basis:
        return None
    bundle = house().tools.bundles.get(session, instance.bundle_id)
    return bundle.clause(deadline.legal_basis, deadline.start_on)
