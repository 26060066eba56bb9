"""ISO durations: working days apart from calendar time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.clock import SHANGHAI
from app.domain.calendar.durations import Duration, later, parse_duration, workday_amount
from app.errors import DomainError

START = datetime(2024, 2, 29, 15, 30, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1Y2M3DT4H5M6S", Duration(1, 2, 3, 4, 5, 6)),
        ("P5D", Duration(days=5)),
        ("PT30M", Duration(minutes=30)),
        ("P1M", Duration(months=1)),
        ("P0D", Duration()),
    ],
)
def test_parts_are_read(text: str, expected: Duration) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P5", "5D", "P-5D", "P1.5D", "P2W", "P5DT", "p5d", "P5D ", "P５D", "PT1D"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match=r"calendar\.bad_duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["PT8H", "P5DT1H", "P1M", "P1Y5D", "P1DT1M", "PT1S"])
def test_working_days_take_no_other_part(text: str) -> None:
    with pytest.raises(DomainError, match=r"calendar\.workdays_are_days"):
        workday_amount(text)


def test_no_working_days_at_all_are_refused() -> None:
    with pytest.raises(DomainError, match=r"calendar\.amount_below_one"):
        workday_amount("P0D")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P2Y", datetime(2026, 2, 28, 15, 30, tzinfo=SHANGHAI)),
        ("P1M1D", datetime(2024, 3, 30, 15, 30, tzinfo=SHANGHAI)),
        ("P7D", datetime(2024, 3, 7, 15, 30, tzinfo=SHANGHAI)),
        ("PT36H30M15S", datetime(2024, 3, 2, 4, 0, 15, tzinfo=SHANGHAI)),
    ],
)
def test_calendar_time_runs_on_from_the_wall_clock(text: str, expected: datetime) -> None:
    end = later(START, parse_duration(text))

    assert end == expected
    assert end.tzinfo is UTC


def test_the_date_of_the_start_is_shanghais() -> None:
    just_march = datetime(2024, 2, 29, 16, 0, tzinfo=UTC)

    assert later(just_march, parse_duration("P1M")) == just_march + timedelta(days=31)


@pytest.mark.parametrize("text", ["P9000Y", "P999999D999", "P999999D"])
def test_too_long_a_duration_is_refused_in_words(text: str) -> None:
    far = datetime(9000, 1, 1, tzinfo=UTC)
    with pytest.raises(DomainError, match=r"calendar\.(out_of_range|bad_duration)"):
        later(far, parse_duration(text))
