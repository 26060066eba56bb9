"""Deadlines: one row per legal period, to which timers, tasks, publicity and boards point.

A deadline knows from when it runs, how long, in which region, by which calendar version, and the
instant it ends. Opening and closing are here; what a new schedule changes is in `recomputation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.clock import local_date
from app.db.base import Base, new_id
from app.domain.calendar.durations import later, parse_duration, workday_amount
from app.domain.calendar.law import Calendar, end_of_day
from app.errors import DomainError

Unit = Literal["workday", "calendar"]


@dataclass(frozen=True)
class Subject:
    """What a deadline belongs to: the kind of row and its id."""

    type: str
    id: str


class Deadline(Base):
    """A period of law with its end; `due_at` is the first instant that is too late.

    `first_due_at` is the end that was told at first, once a new schedule has moved it.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("unit IN ('workday', 'calendar', 'fixed')", name="unit"),
        Index("ix_deadline_open", "closed_at", "due_at"),
        Index("ix_deadline_subject", "subject_type", "subject_id"),
        Index("ix_deadline_instance", "process_instance_id", "kind", "closed_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    process_instance_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str]
    start_on: Mapped[date]
    start_at: Mapped[datetime]
    amount: Mapped[int | None]
    duration: Mapped[str]
    unit: Mapped[str]
    region: Mapped[str] = mapped_column(String(6))
    calendar_version: Mapped[str] = mapped_column(ForeignKey("calendar_version.id"))
    provisional: Mapped[bool] = mapped_column(default=False)
    announced: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime]
    first_due_at: Mapped[datetime | None]
    legal_basis: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Due:
    """The end of a period and whether it rests on a schedule that is not yet published."""

    at: datetime
    amount: int | None = None
    provisional: bool = False


def due(calendar: Calendar, start_at: datetime, duration: str, unit: Unit, region: str) -> Due:
    """Compute when a period ends; raises DomainError for a duration that does not fit its unit."""
    if unit == "calendar":
        return Due(later(start_at, parse_duration(duration)))
    if unit != "workday":
        raise DomainError("calendar.bad_unit", unit=unit)
    amount = workday_amount(duration)
    end, provisional = calendar.add_workdays(local_date(start_at), amount, region)
    return Due(end_of_day(end), amount, provisional)


def open_deadline(
    session: Session,
    calendar: Calendar,
    *,
    subject: Subject,
    kind: str,
    start_at: datetime,
    duration: str,
    unit: Unit,
    region: str,
    legal_basis: str | None = None,
    announced: bool = False,
    instance_id: str | None = None,
    now: datetime | None = None,
) -> Deadline:
    """Open the period of a subject; `now` when it is opened later than it began."""
    end = due(calendar, start_at, duration, unit, region)
    return _add(
        session,
        subject,
        kind=kind,
        process_instance_id=instance_id,
        start_at=start_at,
        amount=end.amount,
        duration=duration,
        unit=unit,
        region=region,
        calendar_version=calendar.version,
        provisional=end.provisional,
        announced=announced,
        due_at=end.at,
        legal_basis=legal_basis,
        created_at=now or start_at,
    )


def open_fixed_deadline(
    session: Session,
    calendar: Calendar,
    *,
    subject: Subject,
    kind: str,
    start_at: datetime,
    due_at: datetime,
    region: str = "",
    legal_basis: str | None = None,
    instance_id: str | None = None,
) -> Deadline:
    """Open a deadline whose end is given, such as a campaign's last day; it is never recomputed."""
    return _add(
        session,
        subject,
        kind=kind,
        process_instance_id=instance_id,
        start_at=start_at,
        duration="",
        unit="fixed",
        region=region,
        calendar_version=calendar.version,
        provisional=False,
        announced=False,
        due_at=due_at,
        legal_basis=legal_basis,
        created_at=start_at,
    )


def _add(session: Session, subject: Subject, *, start_at: datetime, **columns: Any) -> Deadline:
    deadline = Deadline(
        id=new_id(),  # Given now, because timers and tasks point to it before the flush.
        subject_type=subject.type,
        subject_id=subject.id,
        start_on=local_date(start_at),
        start_at=start_at,
        **columns,
    )
    session.add(deadline)
    return deadline


def close_deadline(deadline: Deadline, *, now: datetime) -> None:
    """Close a deadline; the first closing stands."""
    if deadline.closed_at is None:
        deadline.closed_at = now


def open_deadlines_of(session: Session, subject: Subject) -> list[Deadline]:
    """Return the open deadlines of a subject, the nearest first."""
    query = (
        select(Deadline)
        .where(
            Deadline.subject_type == subject.type,
            Deadline.subject_id == subject.id,
            Deadline.closed_at.is_(None),
        )
        .order_by(Deadline.due_at, Deadline.id)
    )
    return list(session.scalars(query))
