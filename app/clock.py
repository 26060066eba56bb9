"""Legal time: the instant that deadlines, publicity and submissions are measured by.

System time (leases, retries, sessions) is not here: it comes from the database or `time.monotonic`.
Everything inside the program is UTC; people read Asia/Shanghai.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells legal time as an aware UTC instant."""

    def now(self) -> datetime: ...


class SystemClock:
    """Legal time equals system time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class OffsetClock:
    """System time moved by an offset; the demo's clock."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


class FixedClock:
    """A clock that stands still until it is told otherwise; for tests and simulations."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        return self.instant

    def move_to(self, instant: datetime) -> None:
        self.instant = instant.astimezone(UTC)


def local(instant: datetime) -> datetime:
    """Return the instant in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI)


def local_date(instant: datetime) -> date:
    """Return the Shanghai calendar date of an instant."""
    return local(instant).date()


def start_of_day(day: date) -> datetime:
    """Return 00:00 Asia/Shanghai of a calendar date as a UTC instant."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)
