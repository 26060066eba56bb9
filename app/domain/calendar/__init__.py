"""The law of working days, the schedules it reads, and the deadlines counted by it.

The only place that turns a duration into an instant (WD1 to WD11 of docs/domain/working_days.md).
Engine, operations and pages use the names below; the modules divide the subject.
"""

from app.domain.calendar.deadlines import (
    Deadline,
    Subject,
    close_deadline,
    open_deadline,
    open_deadlines_of,
    open_fixed_deadline,
)
from app.domain.calendar.durations import corresponding_date
from app.domain.calendar.explanation import Explanation, Remaining, explain, remaining
from app.domain.calendar.law import Calendar, Counting, DayRule, Source
from app.domain.calendar.recomputation import DeadlineChange, apply_recompute, recompute
from app.domain.calendar.schedules import (
    load_calendar,
    load_schedule,
    read_addition,
    seed_calendar,
)
from app.domain.calendar.tables import CalendarDay, CalendarVersion

__all__ = [
    "Calendar",
    "CalendarDay",
    "CalendarVersion",
    "Counting",
    "DayRule",
    "Deadline",
    "DeadlineChange",
    "Explanation",
    "Remaining",
    "Source",
    "Subject",
    "apply_recompute",
    "close_deadline",
    "corresponding_date",
    "explain",
    "load_calendar",
    "load_schedule",
    "open_deadline",
    "open_deadlines_of",
    "open_fixed_deadline",
    "read_addition",
    "recompute",
    "remaining",
    "seed_calendar",
]
