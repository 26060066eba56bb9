"""The check for statutory literals finds law in Python and leaves ordinary numbers alone."""

from __future__ import annotations

import pytest

from tools.check_statutory import findings


@pytest.mark.parametrize(
    "line",
    [
        "due = add_workdays(start, 5)",
        "due = calendar.due(start, days=30)",
        "PUBLICITY_DAYS = 5",
        "publicity_days: int = 5",
        "early = counted_workdays < 5",
        "until = base_year + 5 if banned_years == 5 else None",
        "rule = 'P5D'",
        "text = '公示5个工作日'",
        "text = '五年内不得申报'",
        "start = date(2020, 1, 14)",
        "start = datetime(2019, 4, 15, tzinfo=UTC)",
        "start = date.fromisoformat('2020-01-14')",
        "carrier = decide('D01', record)",
        "outcome = D06",
    ],
)
def test_law_in_python_is_found(line: str) -> None:
    assert findings("app/example.py", line)


@pytest.mark.parametrize(
    "line",
    [
        '"""Rule D06: five working days, 5个工作日, since 2020-01-14."""',
        "tomorrow = day + timedelta(days=1)",
        "lease = timedelta(seconds=60)",
        "name = mapped_column(String(60))",
        "start = date(year, month, day)",
        "weekday = 5",
        "x = 1  # D06 says 5 working days",
    ],
)
def test_ordinary_code_is_left_alone(line: str) -> None:
    assert not findings("app/example.py", line)
