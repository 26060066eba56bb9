"""Reading a schedule: the rows of a notice become day rules, or every bad row is named.

The columns are region_code, date, day_type, name_zh, basis, confidence and, optionally, kind. No
region means the whole country. Nothing is written here; `schedules` loads what this accepts.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.domain.calendar.law import SATURDAY, Calendar, DayRule, Source, is_region
from app.domain.calendar.provisional import statutory_holidays
from app.domain.calendar.wording import say
from app.errors import DomainError

COLUMNS = ("region_code", "date", "day_type", "name_zh", "basis", "confidence")
DAY_TYPES = {"off": False, "work": True}
CONFIDENCES = ("", "A", "B", "C")
KINDS = ("override", "regional", "national")
Row = Mapping[str, str | None]
Schedule = Path | Iterable[Row]


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be loaded: its line in the file (0: the file as a whole) and why."""

    row: int
    reason: str


def read_schedule(schedule: Schedule) -> list[DayRule]:
    """Read a CSV file or its rows; raises DomainError `calendar.bad_schedule` with all bad rows."""
    file = schedule.name if isinstance(schedule, Path) else ""
    rows = _rows_of_file(schedule) if isinstance(schedule, Path) else list(enumerate(schedule, 1))
    rules: dict[tuple[Source, str | None, date], DayRule] = {}
    bad: list[BadRow] = []
    for number, row in rows:
        reasons = list(_reasons(row))
        if not reasons:
            rule = _rule(row)
            key = (rule.kind, rule.region, rule.day)
            if key in rules:
                reasons.append(say("calendar.row_twice", date=rule.day.isoformat()))
            rules.setdefault(key, rule)
        bad += [BadRow(number, reason) for reason in reasons]
    if not rows:
        bad.append(BadRow(0, say("calendar.row_none")))
    refuse(file, bad)
    return list(rules.values())


def check_complete(rules: Iterable[DayRule], calendar: Calendar, file: str) -> None:
    """Refuse a first national schedule of a year that does not speak of every statutory day."""
    national = {rule.day: rule for rule in rules if rule.kind is Source.NATIONAL}
    bad: list[BadRow] = []
    for year in sorted({day.year for day in national if not calendar.is_published(day.year)}):
        if date(year, 1, 1) not in national:
            bad.append(BadRow(0, say("calendar.row_year_unknown", year=year)))
            continue
        for day, name in sorted(statutory_holidays(year).items()):
            if day not in national and day.weekday() < SATURDAY:
                text = say("calendar.row_statutory_missing", date=day.isoformat(), name=name)
                bad.append(BadRow(0, text))
    refuse(file, bad)


def refuse(file: str, bad: list[BadRow]) -> None:
    """Raise one error that names all bad rows, if there are any."""
    if bad:
        details = "".join(
            say("calendar.bad_row" if row.row else "calendar.bad_file", **vars(row)) for row in bad
        )
        raise DomainError("calendar.bad_schedule", file=file, rows=bad, details=details)


def _rows_of_file(path: Path) -> list[tuple[int, Row]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(path.name, [BadRow(0, say("calendar.row_not_utf8"))])
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        refuse(path.name, [BadRow(1, say("calendar.row_columns", columns="、".join(missing)))])
    return [(reader.line_num, row) for row in reader]


def _value(row: Row, column: str) -> str:
    return (row.get(column) or "").strip()


def _kind(row: Row) -> str:
    return _value(row, "kind") or ("regional" if _value(row, "region_code") else "national")


def _reasons(row: Row) -> Iterable[str]:
    yield from _reasons_of_place(_value(row, "region_code"), _kind(row))
    if not _is_date(_value(row, "date")):
        yield say("calendar.row_date", date=_value(row, "date"))
    if _value(row, "day_type") not in DAY_TYPES:
        yield say("calendar.row_day_type", day_type=_value(row, "day_type"))
    for column in ("name_zh", "basis"):
        if not _value(row, column):
            yield say("calendar.row_empty", column=column)
    if _value(row, "confidence") not in CONFIDENCES:
        yield say("calendar.row_confidence", confidence=_value(row, "confidence"))


def _reasons_of_place(region: str, kind: str) -> Iterable[str]:
    if region and not is_region(region):
        yield say("calendar.row_region", region=region)
    if kind not in KINDS:
        yield say("calendar.row_kind", kind=kind)
    if (kind == "national" and region) or (kind == "regional" and not region):
        yield say("calendar.row_kind_region", kind=kind)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _rule(row: Row) -> DayRule:
    return DayRule(
        region=_value(row, "region_code") or None,
        day=date.fromisoformat(_value(row, "date")),
        works=DAY_TYPES[_value(row, "day_type")],
        name=_value(row, "name_zh"),
        basis=_value(row, "basis"),
        kind=Source(_kind(row)),
        confidence=_value(row, "confidence"),
    )
