"""Reading a schedule: the rows of a notice become day rules, or every bad row is named.

The columns are region_code, date, day_type, name_zh, basis, confidence and, optionally, kind. No
region means the whole country. Nothing is written here: `contradictions` compares what was read
with the calendar, `schedules` loads it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.domain.calendar.law import DayRule, Source, is_region
from app.domain.calendar.wording import say
from app.errors import DomainError

COLUMNS = ("region_code", "date", "day_type", "name_zh", "basis", "confidence")
DAY_TYPES = {"off": False, "work": True}
CONFIDENCES = ("", "A", "B", "C")
KINDS = ("override", "regional", "national")
MOST_BYTES, MOST_ROWS = 300_000, 5_000  # A year's notice has some forty rows.
Row = Mapping[str, str | None]


@dataclass(frozen=True)
class ScheduleFile:
    """A file as somebody handed it in; nothing is believed of it yet."""

    name: str
    content: bytes


Schedule = Path | ScheduleFile | Iterable[Row]


@dataclass(frozen=True)
class BadRow:
    """What cannot be loaded: its line in the file (0: the file as a whole), its column, and why."""

    row: int
    reason: str
    column: str = ""


def file_name(schedule: Schedule) -> str:
    """Return the name of a schedule's file; empty for bare rows."""
    return schedule.name if isinstance(schedule, (Path, ScheduleFile)) else ""


def read_schedule(schedule: Schedule) -> list[DayRule]:
    """Return the rules of a schedule; raises as `read_lines` does."""
    return list(read_lines(schedule))


def read_lines(schedule: Schedule) -> dict[DayRule, int]:
    """Read a CSV file or its rows, each rule with its line.

    Raises DomainError `calendar.bad_schedule`, which names every bad row.
    """
    file = file_name(schedule)
    rows = _rows(schedule)
    lines: dict[DayRule, int] = {}
    first: dict[tuple[str | None, date], int] = {}
    bad: list[BadRow] = []
    for number, row in rows:
        reasons = list(_reasons(row))
        if not reasons:
            rule = _rule(row)
            other = first.setdefault((rule.region, rule.day), number)
            if other != number:
                twice = say("calendar.row_twice", date=rule.day.isoformat(), other=other)
                reasons.append(("date", twice))
            lines.setdefault(rule, number)
        bad += [BadRow(number, reason, column) for column, reason in reasons]
    if not rows:
        bad.append(BadRow(0, say("calendar.row_none")))
    refuse(file, bad)
    return lines


def refuse(file: str, bad: list[BadRow]) -> None:
    """Raise one error that names all bad rows, if there are any."""
    if bad:
        details = "".join(map(_sentence, bad))
        raise DomainError("calendar.bad_schedule", file=file, rows=bad, details=details)


def _sentence(bad: BadRow) -> str:
    if not bad.row:
        return say("calendar.bad_file", reason=bad.reason)
    return say("calendar.bad_cell" if bad.column else "calendar.bad_row", **vars(bad))


def _rows(schedule: Schedule) -> list[tuple[int, Row]]:
    if isinstance(schedule, Path):
        with schedule.open("rb") as file:
            return _rows_of_file(ScheduleFile(schedule.name, file.read(MOST_BYTES + 1)))
    if isinstance(schedule, ScheduleFile):
        return _rows_of_file(schedule)
    return list(enumerate(schedule, 1))


def _rows_of_file(file: ScheduleFile) -> list[tuple[int, Row]]:
    if len(file.content) > MOST_BYTES:
        refuse(file.name, [BadRow(0, say("calendar.row_too_large", most=MOST_BYTES // 1000))])
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(file.name, [BadRow(0, say("calendar.row_not_utf8"))])
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        rows: list[tuple[int, Row]] = [(reader.line_num, row) for row in reader]
    except csv.Error:
        refuse(file.name, [BadRow(reader.line_num + 1, say("calendar.row_unreadable"))])
    if missing:
        refuse(file.name, [BadRow(1, say("calendar.row_columns", columns="、".join(missing)))])
    if len(rows) > MOST_ROWS:
        refuse(file.name, [BadRow(0, say("calendar.row_too_many", most=MOST_ROWS))])
    return rows


def _value(row: Row, column: str) -> str:
    return (row.get(column) or "").strip()


def _kind(row: Row) -> str:
    return _value(row, "kind") or ("regional" if _value(row, "region_code") else "national")


def _reasons(row: Row) -> Iterator[tuple[str, str]]:
    """Yield the column and the reason of everything that is wrong with a row by itself."""
    if None in row:  # where the reader keeps what stands behind the last column
        yield "", say("calendar.row_too_long")
    yield from _reasons_of_place(_value(row, "region_code"), _kind(row))
    if not _is_date(_value(row, "date")):
        yield "date", say("calendar.row_date", date=_value(row, "date"))
    if _value(row, "day_type") not in DAY_TYPES:
        yield "day_type", say("calendar.row_day_type", day_type=_value(row, "day_type"))
    for column in ("name_zh", "basis"):
        if not _value(row, column):
            yield column, say("calendar.row_empty", column=column)
    if _value(row, "confidence") not in CONFIDENCES:
        confidence = _value(row, "confidence")
        yield "confidence", say("calendar.row_confidence", confidence=confidence)


def _reasons_of_place(region: str, kind: str) -> Iterator[tuple[str, str]]:
    if region and not is_region(region):
        yield "region_code", say("calendar.row_region", region=region)
    if kind not in KINDS:
        yield "kind", say("calendar.row_kind", kind=kind)
    if (kind == "national" and region) or (kind == "regional" and not region):
        yield "kind", say("calendar.row_kind_region", kind=kind)


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
