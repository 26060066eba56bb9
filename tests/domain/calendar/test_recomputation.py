"""Properties of recomputation: whatever the schedule says, what follows equals a fresh count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.clock import SHANGHAI
from app.domain.calendar import (
    Calendar,
    Deadline,
    Subject,
    apply_recompute,
    explain,
    load_calendar,
    load_schedule,
    open_deadline,
    recompute,
)
from app.domain.calendar.deadlines import due
from tests.schedules import row, rows_of_2027

FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
# Around the turn of the year: the end lies in the year whose schedule is not known yet.
STARTS = st.dates(date(2026, 11, 15), date(2027, 3, 31))
PERIODS = st.tuples(
    STARTS, st.integers(1, 40), st.sampled_from(["450000", "640000"]), st.booleans()
)
DAYS = st.dates(date(2026, 12, 1), date(2027, 4, 30))
ORDERS = st.dictionaries(DAYS, st.sampled_from(["off", "work"]), min_size=1, max_size=12)
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def opened(session: Session, calendar: Calendar, periods: list[Any]) -> list[Deadline]:
    return [
        open_deadline(
            session, calendar, subject=Subject("case", str(number)), kind=f"period:{number}",
            start_at=datetime.combine(start, datetime.min.time(), SHANGHAI) + timedelta(hours=9),
            duration=f"P{days}D", unit="workday", region=region, announced=announced,
        )
        for number, (start, days, region, announced) in enumerate(periods)
    ]  # fmt: skip


def orders(days: dict[date, str], number: int) -> list[dict[str, str]]:
    """Return an order for Guangxi that nobody would invent."""
    more = {"region_code": "450000", "kind": "override", "basis": f"命令{number}"}
    return [row(day, day_type, "调整", **more) for day, day_type in days.items()]


@FEW
@given(st.lists(PERIODS, min_size=1, max_size=8), ORDERS, ORDERS)
def test_following_equals_counting_afresh_and_publicity_never_comes_sooner(
    session: Session, calendar: Calendar, periods: list[Any], first: Any, second: Any
) -> None:
    savepoint = session.begin_nested()
    rows = opened(session, load_calendar(session, calendar.version), periods)
    session.flush()

    for schedule in (rows_of_2027(), orders(first, 1), orders(second, 2)):
        before = {each.id: each.due_at for each in rows}
        load_schedule(session, schedule, label="试", loaded_by="测试", now=NOW)
        latest = load_calendar(session)
        apply_recompute(session, recompute(session, latest, now=NOW))

        assert recompute(session, latest, now=NOW) == []
        for each in rows:
            fresh = due(latest, each.start_at, each.duration, "workday", each.region)
            assert each.provisional == fresh.provisional
            if each.announced and before[each.id] > NOW:
                assert each.due_at == max(before[each.id], fresh.at)
            elif not each.announced:
                assert each.due_at == fresh.at
                told = explain(each, load_calendar(session, each.calendar_version))
                assert (told.note, told.possible_from) == ("", each.due_at)
    savepoint.rollback()


def test_a_deadline_is_explained_by_the_calendar_it_was_counted_with(
    session: Session, calendar: Calendar
) -> None:
    [closed, running] = opened(session, calendar, [(date(2026, 12, 21), 10, "450000", False)] * 2)
    closed.closed_at = NOW
    load_schedule(session, rows_of_2027(), label="2027年", loaded_by="测试", now=NOW)
    apply_recompute(session, recompute(session, load_calendar(session), now=NOW))

    old = explain(closed, load_calendar(session, closed.calendar_version))
    new = explain(running, load_calendar(session, running.calendar_version))

    assert (old.provisional, old.note) == (True, "")
    assert (new.provisional, new.note) == (False, "")
    assert closed.calendar_version == calendar.version != running.calendar_version


def test_a_moved_end_says_from_where_it_moved(session: Session, calendar: Calendar) -> None:
    [office, publicity] = opened(
        session, calendar,
        [(date(2027, 2, 3), 5, "450000", False), (date(2027, 2, 3), 5, "450000", True)],
    )  # fmt: skip
    load_schedule(session, rows_of_2027(), label="2027年", loaded_by="测试", now=NOW)
    latest = load_calendar(session)
    apply_recompute(session, recompute(session, latest, now=NOW))

    assert explain(office, latest).moved_text == (
        "因放假安排调整，截止由2027年2月16日（星期二）24:00改为2027年2月18日（星期四）24:00。"
    )
    assert explain(publicity, latest).moved_text == (
        "因放假安排调整，公示截止由2027年2月16日（星期二）24:00延至2027年2月18日（星期四）24:00。"
    )
