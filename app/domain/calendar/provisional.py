"""The provisional rule (WD7) for years without a published schedule.

Weekends and the statutory holidays are off, a statutory day on a weekend is made up on the next
working day, and no days are exchanged. The statutory days come from the package `holidays`, which
knows the lunar dates up to 2100; later years have their weekends only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from holidays.countries.china import China

EXCHANGED = "调休"
MADE_UP = "补假"


@cache
def provisional_holidays(year: int) -> Mapping[date, str]:
    """Return the days off of a year with their names, statutory days and made-up days."""
    # The package's class has types, its constructor has none.
    known = China(years=year, language="zh_CN")  # type: ignore[no-untyped-call]
    return {day: name for day, name in known.items() if EXCHANGED not in name}


def statutory_holidays(year: int) -> Mapping[date, str]:
    """Return only the days that the law itself names; a schedule cannot leave them out."""
    return {day: name for day, name in provisional_holidays(year).items() if MADE_UP not in name}
