"""Ending legal periods: a deadline that several elements share stays open for the last of them.

Opening is the situation's; here is only when a deadline row is closed. Called wherever a task or
timer ends: by completion, by firing, by being taken away.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import Deadline, close_deadline
from app.engine.tables import OPEN, Timer, UserTask


def close_period(session: Session, deadline_id: str | None, *, now: datetime) -> None:
    """Close the deadline of an element that is over, unless another element still waits for it."""
    deadline = session.get(Deadline, deadline_id) if deadline_id else None
    if deadline is None or deadline.closed_at is not None:
        return
    if is_own(deadline.kind) or not _waited_for(session, deadline.id):
        close_deadline(deadline, now=now)


def close_own_period(session: Session, deadline_id: str | None, *, now: datetime) -> bool:
    """Close the deadline of an element that is over if no other element can share it.

    A shared one (the answer is false) is left for `close_period`, once what begins in the same step
    has begun: the period of a returned case goes on, it does not start anew.
    """
    deadline = session.get(Deadline, deadline_id) if deadline_id else None
    if deadline is None:
        return True
    own = is_own(deadline.kind)
    if own and deadline.closed_at is None:
        close_deadline(deadline, now=now)
    return own


def close_all_periods(session: Session, instance_id: str, *, now: datetime) -> None:
    """Close every deadline of an instance that has ended before its time."""
    query = select(Deadline).where(
        Deadline.process_instance_id == instance_id, Deadline.closed_at.is_(None)
    )
    for deadline in session.scalars(query):
        close_deadline(deadline, now=now)


def is_own(kind: str) -> bool:
    """Tell whether a period belongs to one token alone."""
    return kind.startswith(("task:", "timer:"))


def _waited_for(session: Session, deadline_id: str) -> bool:
    tasks = select(UserTask.id).where(UserTask.deadline_id == deadline_id, UserTask.status == OPEN)
    timers = select(Timer.id).where(Timer.deadline_id == deadline_id, Timer.done_at.is_(None))
    return session.scalar(tasks.union_all(timers).limit(1)) is not None
