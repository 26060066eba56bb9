"""Durations as process files write them: plain ISO 8601, with a unit beside them.

A period of working days is written `P5D` with the unit `workday`; everything else is calendar time.
Years and months end on the corresponding date (WD11), in Shanghai's wall time.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from app.clock import SHANGHAI, local
from app.errors import DomainError

ISO = re.compile(
    r"P(?=[0-9T])(?:(?P<years>[0-9]{1,6})Y)?(?:(?P<months>[0-9]{1,6})M)?(?:(?P<days>[0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,6})M)?"
    r"(?:(?P<seconds>[0-9]{1,6})S)?)?"
)


@dataclass(frozen=True)
class Duration:
    """The parts of an ISO duration."""

    years: int = 0
    months: int = 0
    days: int = 0
    hours: int = 0
    minutes: int = 0
    seconds: int = 0


def parse_duration(text: str) -> Duration:
    """Read PnYnMnDTnHnMnS; weeks, fractions and signs are refused."""
    match = ISO.fullmatch(text)
    if match is None:
        raise DomainError("calendar.bad_duration", duration=text)
    return Duration(**{name: int(value or 0) for name, value in match.groupdict().items()})


def workday_amount(text: str) -> int:
    """Read a period of working days, PnD; other parts cannot be counted in working days."""
    duration = parse_duration(text)
    if duration != Duration(days=duration.days):
        raise DomainError("calendar.workdays_are_days", duration=text)
    if duration.days < 1:
        raise DomainError("calendar.amount_below_one", amount=duration.days)
    return duration.days


def corresponding_date(day: date, *, years: int = 0, months: int = 0) -> date:
    """Return the corresponding day of another year and month, else its month's last (WD11)."""
    year, month = divmod((day.year + years) * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise DomainError("calendar.out_of_range", day=day.isoformat())
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def later(start_at: datetime, duration: Duration) -> datetime:
    """Return the instant a calendar duration after a start."""
    start = local(start_at)
    day = corresponding_date(start.date(), years=duration.years, months=duration.months)
    clock = timedelta(hours=duration.hours, minutes=duration.minutes, seconds=duration.seconds)
    try:
        wall = datetime.combine(day, start.time(), SHANGHAI) + timedelta(days=duration.days)
        return wall.astimezone(UTC) + clock
    except OverflowError as error:
        raise DomainError("calendar.out_of_range", day=day.isoformat()) from error
