"""A seeded calendar: pure for the law, in the tables of a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.domain.calendar import Calendar, load_calendar, seed_calendar
from app.domain.calendar.national import national_schedules
from app.domain.calendar.notices import read_schedule

FOLDER = Path(__file__).parents[3] / "workflows" / "calendars"


@pytest.fixture(scope="session")
def folder() -> Path:
    """The committed calendar files."""
    return FOLDER


@pytest.fixture(scope="session")
def law() -> Calendar:
    """The calendar of the committed files and the package, without a database."""
    return Calendar("v1", (*national_schedules(), *read_schedule(FOLDER / "regional_holidays.csv")))


@pytest.fixture
def calendar(session: Session) -> Calendar:
    """The calendar of a freshly seeded database."""
    seed_calendar(session, FOLDER, now=datetime(2026, 11, 20, tzinfo=UTC))
    return load_calendar(session)


@pytest.fixture
def notice_2027() -> list[dict[str, str]]:
    """An invented notice for 2027 in the form of the State Council's."""
    return [
        *_off("2027-01-01", "2027-01-03", "元旦"),
        *_off("2027-02-05", "2027-02-12", "春节"),
        *_work("春节调休上班", "2027-02-20", "2027-02-27"),
        *_off("2027-04-03", "2027-04-05", "清明节"),
        *_off("2027-05-01", "2027-05-05", "劳动节"),
        *_work("劳动节调休上班", "2027-05-08"),
        *_off("2027-06-09", "2027-06-09", "端午节"),
        *_off("2027-09-15", "2027-09-15", "中秋节"),
        *_off("2027-10-01", "2027-10-07", "国庆节"),
    ]


def _row(day: date, day_type: str, name: str) -> dict[str, str]:
    return {
        "region_code": "",
        "date": day.isoformat(),
        "day_type": day_type,
        "name_zh": name,
        "basis": "（虚构）2027年放假安排",
        "confidence": "A",
    }


def _off(first: str, last: str, name: str) -> list[dict[str, str]]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [_row(start + timedelta(days=i), "off", name) for i in range((end - start).days + 1)]


def _work(name: str, *days: str) -> list[dict[str, str]]:
    return [_row(date.fromisoformat(day), "work", name) for day in days]
