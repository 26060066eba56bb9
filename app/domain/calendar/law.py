"""The law of working days: which day is one, and how a period of them is counted.

Pure: a `Calendar` is made of the rows of one version and never changes. Precedence is override,
regional notice, national schedule, provisional rule (WD6); within a kind the most specific region
wins. Nothing here knows the database or the present time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import accumulate

from app.clock import start_of_day
from app.domain.calendar.durations import corresponding_date
from app.domain.calendar.provisional import provisional_holidays
from app.errors import DomainError

SATURDAY = 5
REGION = re.compile(r"[1-9][0-9]{5}")
MOST_WORKDAYS = 10_000  # A bound against runaway expressions: about forty years.


class Source(StrEnum):
    """Where a day's answer comes from, in order of precedence."""

    OVERRIDE = "override"
    REGIONAL = "regional"
    NATIONAL = "national"
    PROVISIONAL = "provisional"


@dataclass(frozen=True)
class DayRule:
    """One row of a schedule: a day that is off or worked in a region (None: the whole country)."""

    region: str | None
    day: date
    works: bool
    name: str
    basis: str
    kind: Source
    confidence: str = ""


@dataclass(frozen=True)
class Day:
    """What a calendar says about one day in one region."""

    on: date
    works: bool
    source: Source
    name: str = ""
    basis: str = ""

    @property
    def exchanged(self) -> bool:
        """A Saturday or Sunday that is worked (调休)."""
        return self.works and self.on.weekday() >= SATURDAY


@dataclass(frozen=True)
class Counting:
    """A period of working days, day by day: what was counted, what was skipped, and why."""

    start: date
    region: str
    counted: tuple[Day, ...]
    skipped: tuple[Day, ...]

    @property
    def end(self) -> date:
        return self.counted[-1].on

    @property
    def exchanged(self) -> tuple[Day, ...]:
        """The counted days that are 调休 working days."""
        return tuple(day for day in self.counted if day.exchanged)

    @property
    def holidays(self) -> tuple[Day, ...]:
        """The skipped days that have a name; ordinary weekends have none."""
        return tuple(day for day in self.skipped if day.name)

    @property
    def provisional_years(self) -> tuple[int, ...]:
        """The years in the period whose schedule is not known."""
        days = (*self.counted, *self.skipped)
        return tuple(sorted({d.on.year for d in days if d.source is Source.PROVISIONAL}))

    @property
    def provisional(self) -> bool:
        return bool(self.provisional_years)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources that the result rests on, in order of precedence."""
        used = {day.source for day in (*self.counted, *self.skipped)}
        return tuple(source for source in Source if source in used)


@dataclass(frozen=True)
class _Year:
    """All days of a year and how many of them are worked up to each."""

    days: tuple[Day, ...]
    worked: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Calendar:
    """The working days of every region by one version of the schedules; later rows win."""

    version: str
    rules: tuple[DayRule, ...] = field(repr=False)
    _index: dict[tuple[Source, str | None, date], DayRule] = field(init=False, repr=False)
    _published: frozenset[int] = field(init=False, repr=False)
    _years: dict[tuple[tuple[str, ...], int], _Year] = field(init=False, repr=False)
    _scopes: dict[str, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        index = {(rule.kind, rule.region, rule.day): rule for rule in self.rules}
        # Every yearly schedule begins with New Year's Day; a schedule may also name the last days
        # of the year before, so a single row does not make a year published.
        national = {day for kind, _, day in index if kind is Source.NATIONAL}
        published = {day.year for day in national if (day.month, day.day) == (1, 1)}
        object.__setattr__(self, "_index", index)
        object.__setattr__(self, "_published", frozenset(published))
        object.__setattr__(self, "_years", {})
        object.__setattr__(self, "_scopes", {})

    def with_rules(self, rules: Iterable[DayRule], version: str = "") -> Calendar:
        """Return this calendar with further rows; without a version it is a draft."""
        return Calendar(version, (*self.rules, *rules))

    @property
    def published(self) -> frozenset[int]:
        """The years whose national schedule is loaded."""
        return self._published

    def national(self, day: date) -> DayRule | None:
        """Return what the national schedule says about a day; None when it does not name it."""
        return self._index.get((Source.NATIONAL, None, day))

    def knows(self, rule: DayRule) -> bool:
        """Tell whether a row is in force just as it is written."""
        return self._index.get((rule.kind, rule.region, rule.day)) == rule

    def is_published(self, year: int) -> bool:
        """Tell whether the national schedule of a year is loaded."""
        return year in self._published

    def day(self, day: date, region: str) -> Day:
        """Return what the calendar says about a day."""
        return self._year(day.year, self._scope(region)).days[day.timetuple().tm_yday - 1]

    def is_workday(self, day: date, region: str) -> tuple[bool, Source]:
        """Tell whether a day is worked, and by which source."""
        answer = self.day(day, region)
        return answer.works, answer.source

    def add_workdays(self, day: date, n: int, region: str) -> tuple[date, bool]:
        """Return the n-th working day after a day (WD1), and whether that is provisional."""
        counting = self.count_days(day, n, region)
        return counting.end, counting.provisional

    def subtract_workdays(self, day: date, n: int, region: str) -> date:
        """Return the n-th working day before a day; for reminders."""
        _check_amount(n)
        scope = self._scope(region)
        for earlier in self._walk(day, -1, scope):
            n -= earlier.works
            if n == 0:
                return earlier.on
        raise DomainError("calendar.out_of_range", day=day.isoformat())

    def end_exclusive(self, day: date, n: int, region: str) -> datetime:
        """Return 00:00 Shanghai after the n-th working day (WD2) as a UTC instant."""
        return end_of_day(self.count_days(day, n, region).end)

    def workdays_between(self, a: date, b: date, region: str) -> int:
        """Count the working days in (a, b]; none when b is not after a (WD5)."""
        scope = self._scope(region)
        if b <= a:
            return 0
        between = sum(self._year(year, scope).worked[-1] for year in range(a.year, b.year))
        return between + self._worked_until(b, scope) - self._worked_until(a, scope)

    def count_days(self, start: date, n: int, region: str) -> Counting:
        """Count n working days from the day after start, and keep every day that was looked at."""
        _check_amount(n)
        counted: list[Day] = []
        skipped: list[Day] = []
        for day in self._walk(start, 1, self._scope(region)):
            (counted if day.works else skipped).append(day)
            if len(counted) == n:
                return Counting(start, region, tuple(counted), tuple(skipped))
        raise DomainError("calendar.out_of_range", day=start.isoformat())

    @staticmethod
    def corresponding_date(day: date, years: int = 0, months: int = 0) -> date:
        """Return the corresponding day of a later year and month, else its month's last (WD11)."""
        return corresponding_date(day, years=years, months=months)

    def _walk(self, start: date, step: int, scope: tuple[str, ...]) -> Iterator[Day]:
        day = start
        while date.min < day < date.max:
            day += timedelta(days=step)
            yield self._year(day.year, scope).days[day.timetuple().tm_yday - 1]

    def _worked_until(self, day: date, scope: tuple[str, ...]) -> int:
        return self._year(day.year, scope).worked[day.timetuple().tm_yday - 1]

    def _scope(self, region: str) -> tuple[str, ...]:
        scope = self._scopes.get(region)
        if scope is None:
            if not is_region(region):
                raise DomainError("calendar.bad_region", region=region)
            own = {rule.region for rule in self.rules}
            levels = (region, f"{region[:4]}00", f"{region[:2]}0000")
            scope = tuple(code for code in dict.fromkeys(levels) if code in own)
            self._scopes[region] = scope
        return scope

    def _year(self, year: int, scope: tuple[str, ...]) -> _Year:
        known = self._years.get((scope, year))
        if known is None:
            first = date(year, 1, 1)
            length = (date(year, 12, 31) - first).days + 1
            days = tuple(self._decide(first + timedelta(days=i), scope) for i in range(length))
            known = _Year(days, tuple(accumulate(day.works for day in days)))
            self._years[(scope, year)] = known
        return known

    def _decide(self, day: date, scope: tuple[str, ...]) -> Day:
        for kind in (Source.OVERRIDE, Source.REGIONAL, Source.NATIONAL):
            for code in (*scope, None):
                rule = self._index.get((kind, code, day))
                if rule is not None:
                    return Day(day, rule.works, kind, rule.name, rule.basis)
        weekday = day.weekday() < SATURDAY
        if day.year in self._published:
            return Day(day, weekday, Source.NATIONAL)
        name = provisional_holidays(day.year).get(day, "")
        return Day(day, weekday and not name, Source.PROVISIONAL, name)


def is_region(code: object) -> bool:
    """Tell whether a code has the form of a region's: six digits."""
    return isinstance(code, str) and REGION.fullmatch(code) is not None


def end_of_day(day: date) -> datetime:
    """Return 24:00 Shanghai of a day as a UTC instant."""
    if day == date.max:
        raise DomainError("calendar.out_of_range", day=day.isoformat())
    return start_of_day(day + timedelta(days=1))


def _check_amount(n: int) -> None:
    if n < 1:
        raise DomainError("calendar.amount_below_one", amount=n)
    if n > MOST_WORKDAYS:
        raise DomainError("calendar.amount_too_large", amount=n, most=MOST_WORKDAYS)
