"""What a new schedule changes in open deadlines (WD8): first listed, then applied.

Due dates of offices move either way. A publicity end that has been announced never moves earlier,
and does not move at all once it has been reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from app.domain.calendar.deadlines import Deadline
from app.domain.calendar.law import Calendar, Counting, end_of_day
from app.domain.calendar.schedules import load_calendar
from app.errors import DomainError

Count = Callable[[date, int, str], Counting]
ANYWHERE = true()


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
    def days(self) -> int:
        """By how many calendar days the end moves; negative when it comes sooner."""
        return (self.new_due_at - self.old_due_at) // timedelta(days=1)

    @property
    def held(self) -> bool:
        """The count gives another end, but the announced one stands."""
        return self.new_due_at != self.counted_due_at


def open_workday_deadlines(session: Session) -> int:
    """Count the open periods of working days, which a schedule may change."""
    return session.scalar(select(func.count()).select_from(Deadline).where(_follows())) or 0


def provisional_deadlines(session: Session) -> int:
    """Count the open periods that rest on a schedule which is not known yet."""
    query = select(func.count()).select_from(Deadline)
    return session.scalar(query.where(_follows(), Deadline.provisional)) or 0


def _follows() -> ColumnElement[bool]:
    return Deadline.closed_at.is_(None) & (Deadline.unit == "workday")


def recompute(
    session: Session,
    calendar: Calendar,
    *,
    now: datetime,
    where: ColumnElement[bool] = ANYWHERE,
) -> list[DeadlineChange]:
    """List what a calendar, loaded or draft, changes in open deadlines; write nothing.

    A deadline that keeps its end is listed too when its days are counted otherwise or it is no
    longer provisional. `where` narrows what is looked at.
    """
    return list(changes(session, calendar, now=now, where=where))


def changes(
    session: Session,
    calendar: Calendar,
    *,
    now: datetime,
    where: ColumnElement[bool] = ANYWHERE,
) -> Iterator[DeadlineChange]:
    """Yield what `recompute` lists, for callers that need only the first of it."""
    query = select(Deadline).where(_follows(), where).order_by(Deadline.due_at, Deadline.id)
    return _changes(session, session.scalars(query), calendar, now)


def _changes(
    session: Session, deadlines: Iterable[Deadline], calendar: Calendar, now: datetime
) -> Iterator[DeadlineChange]:
    @cache
    def counting(version: str) -> Count:
        """Most periods of a day are the same ones: each is counted once for each version."""
        return cache(load_calendar(session, version).count_days)

    count: Count = cache(calendar.count_days)
    for row in deadlines:
        if row.announced and row.due_at <= now:
            continue
        period = (row.start_on, row.amount or 0, row.region)
        new = count(*period)
        end, due_at = end_of_day(new.end), _lawful_end(row, end_of_day(new.end))
        told = (due_at, new.provisional) == (row.due_at, row.provisional)
        if told and new == counting(row.calendar_version)(*period):
            continue
        yield DeadlineChange(
            deadline_id=row.id,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            process_instance_id=row.process_instance_id,
            kind=row.kind,
            region=row.region,
            announced=row.announced,
            old_due_at=row.due_at,
            new_due_at=due_at,
            counted_due_at=end,
            was_provisional=row.provisional,
            provisional=new.provisional,
            calendar_version=calendar.version,
        )


def _lawful_end(row: Deadline, counted: datetime) -> datetime:
    return max(row.due_at, counted) if row.announced else counted


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
        _move(row, change)
        changed.append(row)
    return changed


def _move(row: Deadline, change: DeadlineChange) -> None:
    if change.moved:
        first = row.first_due_at or row.due_at
        row.first_due_at = first if first != change.new_due_at else None
    row.due_at = change.new_due_at
    row.provisional = change.provisional
    row.calendar_version = change.calendar_version
