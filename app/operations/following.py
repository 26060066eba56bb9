"""What publicity and data collection repeat of a deadline, and how it follows a new schedule."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.domain.access.actor import group
from app.domain.calendar import Deadline
from app.domain.collection import CollectionItem
from app.domain.publicity.publishing import SHOWN
from app.domain.publicity.tables import Publicity
from app.engine.registry import Follower, registry

UNIT_ROLE = "R-UADM"


def move_publicity(session: Session, deadline: Deadline) -> None:
    """Let a running publicity be shown until the new end."""
    running = Publicity.state.in_(SHOWN) & (Publicity.deadline_id == deadline.id)
    for row in session.scalars(select(Publicity).where(running)):
        row.end_exclusive = deadline.due_at


def units_of_publicity(session: Session, deadline_id: str) -> Collection[str]:
    """Return the groups that hear of a publicity besides the applicant: those of its unit."""
    query = select(Publicity.unit_code).where(Publicity.deadline_id == deadline_id)
    return [group(UNIT_ROLE, unit) for unit in session.scalars(query) if unit is not None]


def move_collection(session: Session, deadline: Deadline) -> None:
    """Let a collection item be due on the new day."""
    query = select(CollectionItem).where(CollectionItem.deadline_id == deadline.id)
    for item in session.scalars(query):
        item.due_on = local_date(deadline.due_at - timedelta(microseconds=1))


def nobody(session: Session, deadline_id: str) -> Collection[str]:
    """Return no group: whoever has the task is told anyway."""
    return []


registry.followers += [
    Follower(move_publicity, units_of_publicity),
    Follower(move_collection, nobody),
]
