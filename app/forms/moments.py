"""How people write days and times of day, and how the house writes them.

Everything is Beijing time; a moment with another offset is brought to it. Nothing here refuses:
what cannot be read is None.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from app.forms.text import narrow

DAY = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
CLOCK = re.compile(
    r"([0-9]{1,2})[:时点]([0-9]{1,2})?分?(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
PARTS = re.compile(r"(?P<day>.*?)(?:(?:[Tt]|\s)+|(?<=日))(?P<clock>[0-9]{1,2}\s?[:时点].*)")
# One offset for all years: what is written reads back as it was written.
BEIJING = timezone(timedelta(hours=8))
FIRST_YEAR, LAST_YEAR = 1900, 2100
LONGEST = 60

Moment = date | time | datetime


def day_of(text: str) -> date | None:
    """Return a calendar date."""
    found = DAY.fullmatch(narrow(text))
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(text: str) -> tuple[time, str] | None:
    """Return a time of day to the minute, and the offset written behind it."""
    found = CLOCK.fullmatch(narrow(text))
    if found is None:
        return None
    try:
        return time(int(found[1]), int(found[2] or 0)), found[3] or ""
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    """Return a time of day; an offset would need a day and is not read."""
    found = _clock(text)
    return found[0] if found is not None and not found[1] else None


def instant_of(text: str) -> datetime | None:
    """Return a day with a time of day, in Beijing time."""
    parts = PARTS.fullmatch(unicodedata.normalize("NFKC", text[:LONGEST]).strip())
    day = day_of(parts["day"]) if parts else None
    clock = _clock(parts["clock"]) if parts else None
    if day is None or clock is None:
        return None
    if not clock[1]:
        return datetime.combine(day, clock[0], BEIJING)
    try:
        found = datetime.fromisoformat(f"{day}T{clock[0]}{clock[1]}").astimezone(BEIJING)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


SUBTYPES: Mapping[str, Callable[[str], Moment | None]] = {
    "date": day_of,
    "time": time_of,
    "datetime": instant_of,
}


def moment_of(text: str, subtype: str) -> Moment | None:
    """Return what a text of a subtype says."""
    return SUBTYPES[subtype](text)


def written(moment: Moment) -> str:
    """Return the stored text."""
    return moment.isoformat("minutes") if type(moment) is time else moment.isoformat()


def said(moment: Moment) -> str:
    """Return a moment for people."""
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d %H:%M}"
    return written(moment)


def limit_of(rule: Any) -> Moment | None:
    """Return the limit that an expression yielded, as a moment of whatever kind it is."""
    if isinstance(rule, datetime):
        return rule.astimezone(BEIJING)
    if isinstance(rule, date | time):
        return rule
    if not isinstance(rule, str):
        return None
    return instant_of(rule) or day_of(rule) or time_of(rule)
