"""A seeded calendar: pure for the law, in the tables of a database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.domain.calendar import Calendar, load_calendar, seed_calendar
from app.domain.calendar.national import national_schedules
from app.domain.calendar.notices import read_schedule
from tests.schedules import rows_of_2027

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
    return rows_of_2027()
