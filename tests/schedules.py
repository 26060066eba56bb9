"""Invented holiday schedules for the tests, as rows and as the CSV file of an administrator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta

from app.domain.calendar import ScheduleFile

COLUMNS = ("region_code", "date", "day_type", "name_zh", "basis", "confidence", "kind")


def rows_of_2027() -> list[dict[str, str]]:
    """Return a notice for 2027 in the form of the State Council's."""
    return [
        *days_off("2027-01-01", "2027-01-03", "元旦"),
        *days_off("2027-02-05", "2027-02-12", "春节"),
        *days_worked("春节调休上班", "2027-02-20", "2027-02-27"),
        *days_off("2027-04-03", "2027-04-05", "清明节"),
        *days_off("2027-05-01", "2027-05-05", "劳动节"),
        *days_worked("劳动节调休上班", "2027-05-08"),
        *days_off("2027-06-09", "2027-06-09", "端午节"),
        *days_off("2027-09-15", "2027-09-15", "中秋节"),
        *days_off("2027-10-01", "2027-10-07", "国庆节"),
    ]


def row(day: date, day_type: str, name: str, **more: str) -> dict[str, str]:
    """Return a row; by itself it is one of a national notice."""
    return {
        "region_code": "",
        "date": day.isoformat(),
        "day_type": day_type,
        "name_zh": name,
        "basis": "（虚构）2027年放假安排",
        "confidence": "A",
        **more,
    }


def days_off(first: str, last: str, name: str, **more: str) -> list[dict[str, str]]:
    """Return the rows of days off in a row."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    length = (end - start).days + 1
    return [row(start + timedelta(days=i), "off", name, **more) for i in range(length)]


def days_worked(name: str, *days: str, **more: str) -> list[dict[str, str]]:
    """Return the rows of weekends that are worked."""
    return [row(date.fromisoformat(day), "work", name, **more) for day in days]


def override(*days: str, day_type: str = "off") -> list[dict[str, str]]:
    """Return the rows of an emergency order for Guangxi."""
    more = {"region_code": "450000", "kind": "override", "basis": "（虚构）紧急通知"}
    return [row(date.fromisoformat(day), day_type, "台风停工", **more) for day in days]


def schedule_file(rows: Iterable[dict[str, str]], name: str = "2027.csv") -> ScheduleFile:
    """Return rows as a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return ScheduleFile(name, text.getvalue().encode())
