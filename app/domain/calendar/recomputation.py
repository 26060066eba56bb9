"""What a new schedule changes in open deadlines (WD8): first listed, then applied.

Due dates of offices move either way. A publicity end that has been announced never moves earlier,
and does not move at all once it has been reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar.deadlines import Deadline, Due, due
from app.domain.calendar.law import Calendar
from app.errors import DomainError


@dataclass(frozen=True)
class DeadlineChange:
    """An open deadline that a calendar changes, with the old and the new instant."""

    deadline_id: str
    subject_type: str
    subject_id: str
    process_instance_id: str | None
    kind: str
    region: str
    announced: bool
    old_due_at: datetime
    new_due_at: datetime
    counted_due_at: datetime
    was_provisional: bool
    provisional: bool
    calendar_version: str

    @property
    def moved(self) -> bool:
        return self.new_due_at != self.old_due_at

    @property
    def held(self) -> bool:
        """The count gives another end, but the announced one stands."""
        return self.new_due_at != self.counted_due_at


def recompute(session: Session, calendar: Calendar, *, now: datetime) -> list[DeadlineChange]:
    """List what a calendar, loaded or draft, changes in open deadlines; write nothing."""
    query = (
        select(Deadline)
        .where(Deadline.closed_at.is_(None), Deadline.unit == "workday")
        .order_by(Deadline.due_at, Deadline.id)
    )
    return list(_changes(session.scalars(query), calendar, now))


def _changes(
    deadlines: Iterable[Deadline], calendar: Calendar, now: datetime
) -> Iterator[DeadlineChange]:
    for row in deadlines:
        counted = due(calendar, row.start_at, row.duration, "workday", row.region)
        new_due_at = _lawful_end(row, counted, now)
        if (new_due_at, counted.provisional) != (row.due_at, row.provisional):
            yield DeadlineChange(
                deadline_id=row.id,
                subject_type=row.subject_type,
                subject_id=row.subject_id,
                process_instance_id=row.process_instance_id,
                kind=row.kind,
                region=row.region,
                announced=row.announced,
                old_due_at=row.due_at,
                new_due_at=new_due_at,
                counted_due_at=counted.at,
                was_provisional=row.provisional,
                provisional=counted.provisional,
                calendar_version=calendar.version,
            )


def _lawful_end(row: Deadline, counted: Due, now: datetime) -> datetime:
    if not row.announced:
        return counted.at
    if row.due_at <= now:
        return row.due_at
    return max(row.due_at, counted.at)


def apply_recompute(session: Session, changes: Iterable[DeadlineChange]) -> list[Deadline]:
    """Write listed changes; deadlines closed since are left alone.

    Returns the changed rows, so that copies of `due_at` follow in the same transaction. Raises
    DomainError for a draft calendar, or when a deadline has moved since the list was made.
    """
    changed: list[Deadline] = []
    for change in changes:
        if not change.calendar_version:
            raise DomainError("calendar.draft_not_applicable")
        row = session.get(Deadline, change.deadline_id, with_for_update=True)
        if row is None or row.closed_at is not None:
            continue
        if row.due_at != change.old_due_at:
            raise DomainError("calendar.recompute_outdated", deadline=row.id)
        row.due_at = change.new_due_at
        row.provisional = change.provisional
        row.calendar_version = change.calendar_version
        changed.append(row)
    return changed
