"""The State Council's yearly schedules as the package `chinesecalendar` publishes them.

They become rows of the first calendar version; the package is asked nowhere else, so that an
upgrade of it never changes a deadline silently. Years after it arrive as loaded schedules.
"""

from __future__ import annotations

from importlib.metadata import version

# The package ships no types.
from chinese_calendar import constants

from app.domain.calendar.law import DayRule, Source
from app.domain.calendar.wording import say

PACKAGE = "chinesecalendar"


def national_schedules() -> list[DayRule]:
    """Return every day that the package declares off or worked, oldest first."""
    basis = say("calendar.package_basis", package=PACKAGE, version=version(PACKAGE))
    rules = [
        DayRule(None, day, False, constants.Holiday(name).chinese, basis, Source.NATIONAL)
        for day, name in constants.holidays.items()
    ]
    for day, name in constants.workdays.items():
        words = say("calendar.exchanged_for", holiday=constants.Holiday(name).chinese)
        rules.append(DayRule(None, day, True, words, basis, Source.NATIONAL))
    return sorted(rules, key=lambda rule: rule.day)
