"""The Chinese words of the calendar, read from `templates/messages/calendar.toml`.

Dates, weekdays and reasons are put together here and nowhere else in the calendar; errors carry
codes and are put into words by whoever shows them.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app.clock import local

SENTENCES = Path(__file__).parents[3] / "templates" / "messages" / "calendar.toml"
A_DAY = timedelta(days=1)


@cache
def _sentences() -> dict[str, str]:
    return tomllib.loads(SENTENCES.read_text(encoding="utf-8"))


def say(code: str, **fields: Any) -> str:
    """Return the sentence of a code with its gaps filled."""
    return _sentences()[code].format(**fields)


def day_text(day: date) -> str:
    """Return a date with its weekday, as people write it in a sentence."""
    weekday = say("calendar.weekdays").split()[day.weekday()]
    return say("calendar.day_text", year=day.year, month=day.month, day=day.day, weekday=weekday)


def is_midnight(instant: datetime) -> bool:
    """Tell whether an instant is 00:00 in Shanghai, so that it ends the calendar day before."""
    return f"{local(instant):%H%M%S%f}" == "000000000000"


def last_day(due_at: datetime) -> date:
    """Return the last calendar day that lies, at least partly, before an instant."""
    return local(due_at).date() - A_DAY if is_midnight(due_at) else local(due_at).date()


def end_text(due_at: datetime) -> str:
    """Return an end as the law says it: 24:00 of the last day, never 00:00 of the next."""
    if is_midnight(due_at):
        return say("calendar.end_of_day", day=day_text(last_day(due_at)))
    return instant_text(due_at)


def instant_text(instant: datetime) -> str:
    """Return a date with its weekday and the time to the minute."""
    return say("calendar.instant_text", day=day_text(local(instant).date()), at=local(instant))
