"""What a schedule says against the law, the national notice or the calendar that is in force.

Each row is readable by itself here; compared with the rest it is a slip of whoever typed it, and
the whole file is refused. A change that the State Council itself announces later is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from app.domain.calendar.law import SATURDAY, Calendar, DayRule, Source
from app.domain.calendar.notices import BadRow, refuse
from app.domain.calendar.provisional import statutory_holidays
from app.domain.calendar.wording import say

AHEAD = 2  # A notice speaks of the year to come; a later year is a slip.
Lines = Mapping[DayRule, int]


def check_against(lines: Lines, calendar: Calendar, file: str) -> None:
    """Refuse a schedule that contradicts the law, itself or a calendar; names every bad row."""
    for find in (_wrong_years, _contradictions, _gaps):
        refuse(file, list(find(lines, calendar)))


def _wrong_years(lines: Lines, calendar: Calendar) -> Iterator[BadRow]:
    """A national notice speaks of its own year and of the end of the one before it."""
    last = max(calendar.published, default=date.max.year - AHEAD) + AHEAD
    first = min(calendar.published, default=date.min.year)
    begun = {day.day.year for day in _national(lines) if (day.day.month, day.day.day) == (1, 1)}
    for rule, line in lines.items():
        year = rule.day.year
        if not first <= year <= last:
            text = say("calendar.row_year", year=year, first=first, last=last)
            yield BadRow(line, text, "date")
        elif rule.kind is Source.NATIONAL and not (calendar.is_published(year) or year in begun):
            yield BadRow(line, say("calendar.row_year_unknown", year=year), "date")


def _contradictions(lines: Lines, calendar: Calendar) -> Iterator[BadRow]:
    national = {rule.day: rule for rule in _national(lines)}
    for rule, line in lines.items():
        if not rule.works or rule.kind is Source.OVERRIDE:
            continue
        law = statutory_holidays(rule.day.year).get(rule.day)
        fields = {"date": rule.day.isoformat(), "name": law or ""}
        if law is not None:
            yield BadRow(line, say("calendar.row_statutory_worked", **fields), "day_type")
        elif rule.kind is Source.REGIONAL:
            notice = national.get(rule.day) or calendar.national(rule.day)
            if notice is not None and not notice.works and rule.day.weekday() < SATURDAY:
                text = say("calendar.row_against_national", **(fields | {"name": notice.name}))
                yield BadRow(line, text, "day_type")
        elif rule.day.weekday() < SATURDAY and calendar.national(rule.day) is None:
            yield BadRow(line, say("calendar.row_no_exchange", **fields), "day_type")


def _gaps(lines: Lines, calendar: Calendar) -> Iterator[BadRow]:
    """The first national schedule of a year speaks of every statutory day on a weekday."""
    national = {rule.day for rule in _national(lines)}
    for year in sorted({day.year for day in national if not calendar.is_published(day.year)}):
        for day, name in sorted(statutory_holidays(year).items()):
            if day not in national and day.weekday() < SATURDAY:
                text = say("calendar.row_statutory_missing", date=day.isoformat(), name=name)
                yield BadRow(0, text)


def _national(lines: Lines) -> list[DayRule]:
    return [rule for rule in lines if rule.kind is Source.NATIONAL]
