"""A deadline in words: how it was counted, and what is left of it.

Plain data for one template macro, `templates/pages/macros/deadline.html`; the words come from
`templates/messages/calendar.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from app.clock import local, local_date
from app.domain.calendar.deadlines import Deadline
from app.domain.calendar.law import Calendar, Counting, Day, Source, end_of_day
from app.domain.calendar.wording import (
    day_text,
    end_text,
    instant_text,
    is_midnight,
    last_day,
    say,
)

Level = Literal["none", "blue", "amber", "red"]
SOURCES = {
    Source.OVERRIDE: "calendar.source_override",
    Source.REGIONAL: "calendar.source_regional",
    Source.NATIONAL: "calendar.source_national",
    Source.PROVISIONAL: "calendar.source_provisional",
}
SOON_DAYS = 3  # "Due within three working days" of the visual language; no rule of law.


@dataclass(frozen=True)
class DayLine:
    """One day of a counting: its date in words, why it counts or not, and by which source."""

    on: date
    text: str
    reason: str
    source: str
    source_text: str
    basis: str
    exchanged: bool


@dataclass(frozen=True)
class Explanation:
    """How a deadline came about; every text is finished."""

    start_on: date
    start_text: str
    length_text: str
    counted: tuple[DayLine, ...]
    skipped: tuple[DayLine, ...]
    exchanged: tuple[DayLine, ...]
    last_day: date
    end_text: str
    possible_from: datetime
    possible_from_text: str
    provisional: bool
    provisional_text: str
    note: str
    moved_text: str
    announced: bool
    legal_basis: str | None


@dataclass(frozen=True)
class Remaining:
    """What is left of a deadline; `days` is negative when overdue."""

    words: str
    level: Level
    days: int


def explain(deadline: Deadline, calendar: Calendar) -> Explanation:
    """Explain a deadline day by day; the end shown is always the stored one.

    The calendar is the one of the deadline's version, so that an old explanation stays true.
    """
    counting = _counting(deadline, calendar)
    counted = tuple(_line(day) for day in counting.counted) if counting else ()
    skipped = tuple(_line(day) for day in counting.skipped) if counting else ()
    return Explanation(
        start_on=deadline.start_on,
        start_text=say("calendar.start_text", day=day_text(deadline.start_on)),
        length_text=_length_text(deadline),
        counted=counted,
        skipped=skipped,
        exchanged=tuple(line for line in counted if line.exchanged),
        last_day=last_day(deadline.due_at),
        end_text=end_text(deadline.due_at),
        possible_from=deadline.due_at,
        possible_from_text=instant_text(deadline.due_at),
        provisional=deadline.provisional,
        provisional_text=_provisional_text(deadline, counting),
        note=_note(deadline, counting),
        moved_text=moved_text(deadline),
        announced=deadline.announced,
        legal_basis=deadline.legal_basis,
    )


def moved_text(deadline: Deadline) -> str:
    """Say that a new schedule has moved the end, and from where; empty when it has not."""
    if deadline.first_due_at is None:
        return ""
    code = "calendar.moved_announced" if deadline.announced else "calendar.moved"
    return say(code, first=end_text(deadline.first_due_at), end=end_text(deadline.due_at))


def _counting(deadline: Deadline, calendar: Calendar) -> Counting | None:
    if deadline.amount is None:
        return None
    return calendar.count_days(deadline.start_on, deadline.amount, deadline.region)


def _length_text(deadline: Deadline) -> str:
    if deadline.amount is None:
        return ""
    return say("calendar.workdays", days=deadline.amount)


def _line(day: Day) -> DayLine:
    reason = day.name
    if not reason and not day.works:
        reason = say("calendar.weekend")
    return DayLine(
        on=day.on,
        text=day_text(day.on),
        reason=reason,
        source=day.source.value,
        source_text=say(SOURCES[day.source]),
        basis=day.basis,
        exchanged=day.exchanged,
    )


def _provisional_text(deadline: Deadline, counting: Counting | None) -> str:
    if not deadline.provisional:
        return ""
    years = counting.provisional_years if counting else ()
    text = "、".join(str(year) for year in years or (last_day(deadline.due_at).year,))
    code = "calendar.provisional_announced" if deadline.announced else "calendar.provisional"
    return say(code, years=text)


def _note(deadline: Deadline, counting: Counting | None) -> str:
    if counting is None:
        return ""
    counted = end_of_day(counting.end)
    if counted == deadline.due_at:
        return ""
    if deadline.announced and counted < deadline.due_at:
        return say("calendar.held", end=end_text(counted))
    return say("calendar.differs", end=end_text(counted))


def remaining(deadline: Deadline, calendar: Calendar, now: datetime) -> Remaining:
    """Say what is left; an announced period is waited for, so its end is never a reproach."""
    if deadline.closed_at is not None:
        late = deadline.closed_at >= deadline.due_at and not deadline.announced
        return Remaining(say("calendar.closed_late" if late else "calendar.closed"), "none", 0)
    if now >= deadline.due_at:
        return _past(deadline, calendar, now)
    if local_date(now) == last_day(deadline.due_at):
        return _today(deadline)
    words, days = _distance(deadline, calendar, local_date(now), last_day(deadline.due_at))
    soon = days <= SOON_DAYS and not deadline.announced
    return Remaining(say("calendar.left", distance=words), "amber" if soon else "blue", days)


def _past(deadline: Deadline, calendar: Calendar, now: datetime) -> Remaining:
    if deadline.announced:
        return Remaining(say("calendar.period_over"), "none", 0)
    words, days = _distance(deadline, calendar, last_day(deadline.due_at), local_date(now))
    words = words if days else ""
    return Remaining(say("calendar.overdue", distance=words), "red", -days)


def _today(deadline: Deadline) -> Remaining:
    if deadline.announced:
        return Remaining(say("calendar.period_ends_today"), "blue", 0)
    if is_midnight(deadline.due_at):
        return Remaining(say("calendar.due_today"), "red", 0)
    return Remaining(say("calendar.due_today_at", at=local(deadline.due_at)), "red", 0)


def _distance(deadline: Deadline, calendar: Calendar, a: date, b: date) -> tuple[str, int]:
    """Count working days where they are the unit; over rest days alone, calendar days."""
    if deadline.unit == "workday":
        workdays = calendar.workdays_between(a, b, deadline.region)
        if workdays:
            return say("calendar.workdays", days=workdays), workdays
    days = (b - a).days
    return say("calendar.days", days=days), days
