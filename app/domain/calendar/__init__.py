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
from app.domain.calendar.notices import ScheduleFile
from app.domain.calendar.recomputation import (
    DeadlineChange,
    apply_recompute,
    changes,
    open_workday_deadlines,
    provisional_deadlines,
    recompute,
)
from app.domain.calendar.schedules import (
    DayChange,
    calendar_to_open_with,
    changed_days,
    load_calendar,
    load_schedule,
    read_addition,
    seed_calendar,
    unfollowed,
    versions,
)
from app.domain.calendar.tables import CalendarDay, CalendarVersion

__all__ = [
    "Calendar",
    "CalendarDay",
    "CalendarVersion",
    "Counting",
    "DayChange",
    "DayRule",
    "Deadline",
    "DeadlineChange",
    "Explanation",
    "Remaining",
    "ScheduleFile",
    "Source",
    "Subject",
    "apply_recompute",
    "calendar_to_open_with",
    "changed_days",
    "changes",
    "close_deadline",
    "corresponding_date",
    "explain",
    "load_calendar",
    "load_schedule",
    "open_deadline",
    "open_deadlines_of",
    "open_fixed_deadline",
    "open_workday_deadlines",
    "provisional_deadlines",
    "read_addition",
    "recompute",
    "remaining",
    "seed_calendar",
    "unfollowed",
    "versions",
]
