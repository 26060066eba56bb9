"""Deadlines: opened, closed, and recomputed when a schedule arrives (WD8)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.clock import SHANGHAI, start_of_day
from app.domain.calendar import (
    Calendar,
    Deadline,
    DeadlineChange,
    Subject,
    apply_recompute,
    close_deadline,
    load_calendar,
    load_schedule,
    open_deadline,
    open_deadlines_of,
    open_fixed_deadline,
    recompute,
)
from app.errors import DomainError

CASE = Subject("user_task", "t1")
NOW = datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)


def at(day: str, hour: int = 10) -> datetime:
    moment = datetime.fromisoformat(day)
    return moment.replace(hour=hour, tzinfo=SHANGHAI)


def opened(session: Session, calendar: Calendar, start: str, days: int, **more: Any) -> Deadline:
    deadline = open_deadline(
        session,
        calendar,
        subject=CASE,
        kind=more.pop("kind", "task"),
        start_at=at(start),
        duration=f"P{days}D",
        unit="workday",
        region="450223",
        **more,
    )
    session.flush()  # The query for open deadlines reads the table.
    return deadline


@pytest.mark.req("R27")
def test_a_period_of_working_days_ends_at_midnight(session: Session, calendar: Calendar) -> None:
    deadline = opened(session, calendar, "2020-05-11", 5, legal_basis="NN10-2-1", instance_id="i1")

    assert deadline.due_at == start_of_day(date(2020, 5, 19))
    assert (deadline.start_on, deadline.amount, deadline.unit) == (date(2020, 5, 11), 5, "workday")
    assert (deadline.duration, deadline.region) == ("P5D", "450223")
    assert deadline.calendar_version == calendar.version
    assert (deadline.legal_basis, deadline.process_instance_id) == ("NN10-2-1", "i1")
    assert not deadline.provisional


@pytest.mark.req("R132")
def test_the_hour_of_publication_does_not_matter(session: Session, calendar: Calendar) -> None:
    ends = {
        open_deadline(
            session, calendar, subject=CASE, kind="publicity", start_at=start, duration="P5D",
            unit="workday", region="450200", announced=True,
        ).due_at
        for start in (at("2019-04-26", 0).astimezone(UTC), at("2019-04-26", 23).astimezone(UTC))
    }  # fmt: skip

    assert ends == {start_of_day(date(2019, 5, 7))}


def test_calendar_time_is_kept_as_it_is_written(session: Session, calendar: Calendar) -> None:
    deadline = open_deadline(
        session, calendar, subject=CASE, kind="timer", start_at=at("2024-02-29"),
        duration="P2YT1H", unit="calendar", region="",
    )  # fmt: skip

    assert deadline.due_at == at("2026-02-28", 11)
    assert (deadline.amount, deadline.duration, deadline.provisional) == (None, "P2YT1H", False)


@pytest.mark.parametrize(
    ("duration", "unit", "code"),
    [
        ("PT5H", "workday", "calendar.workdays_are_days"),
        ("P0D", "workday", "calendar.amount_below_one"),
        ("five days", "calendar", "calendar.bad_duration"),
        ("P5D", "weeks", "calendar.bad_unit"),
    ],
)
def test_durations_that_do_not_fit_are_refused(
    session: Session, calendar: Calendar, duration: str, unit: Any, code: str
) -> None:
    with pytest.raises(DomainError) as caught:
        open_deadline(
            session, calendar, subject=CASE, kind="task", start_at=NOW,
            duration=duration, unit=unit, region="450000",
        )  # fmt: skip

    assert caught.value.code == code


def test_a_late_firing_starts_at_the_due_instant(session: Session, calendar: Calendar) -> None:
    deadline = opened(session, calendar, "2026-03-02", 5, now=NOW)

    assert deadline.start_at == at("2026-03-02")
    assert deadline.created_at == NOW


def test_the_first_closing_stands(session: Session, calendar: Calendar) -> None:
    deadline = opened(session, calendar, "2026-03-02", 5)

    close_deadline(deadline, now=NOW)
    close_deadline(deadline, now=NOW + timedelta(days=1))

    assert deadline.closed_at == NOW


def test_open_deadlines_of_a_subject_nearest_first(session: Session, calendar: Calendar) -> None:
    far = opened(session, calendar, "2026-03-02", 10)
    near = opened(session, calendar, "2026-03-02", 3)
    closed = opened(session, calendar, "2026-03-02", 1)
    close_deadline(closed, now=NOW)
    fixed = open_fixed_deadline(
        session, calendar, subject=CASE, kind="campaign", start_at=NOW, due_at=at("2027-10-31")
    )

    assert open_deadlines_of(session, CASE) == [near, far, fixed]
    assert open_deadlines_of(session, Subject("user_task", "other")) == []


def loaded(session: Session, rows: list[dict[str, str]]) -> Calendar:
    load_schedule(session, rows, label="2027年", loaded_by="P900", now=NOW)
    return load_calendar(session)


def applied(session: Session, calendar: Calendar) -> dict[str, DeadlineChange]:
    changes = recompute(session, calendar, now=NOW)
    apply_recompute(session, changes)
    assert recompute(session, calendar, now=NOW) == []
    return {change.deadline_id: change for change in changes}


def test_a_schedule_moves_office_deadlines_either_way(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    later = opened(session, calendar, "2027-02-03", 5)
    earlier = opened(session, calendar, "2027-02-19", 5)
    same = opened(session, calendar, "2026-11-20", 30)
    untouched = opened(session, calendar, "2026-11-20", 5)
    old = (later.due_at, earlier.due_at)

    changes = applied(session, loaded(session, notice_2027))

    assert (changes[later.id].old_due_at, changes[earlier.id].old_due_at) == old
    assert later.due_at == start_of_day(date(2027, 2, 19)) > old[0]
    assert earlier.due_at == start_of_day(date(2027, 2, 26)) < old[1]
    assert same.due_at == start_of_day(date(2027, 1, 5))
    assert changes[same.id].moved is False
    assert not any(row.provisional for row in (later, earlier, same))
    assert untouched.id not in changes


def test_an_announced_publicity_moves_later_only(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    later = opened(session, calendar, "2027-02-03", 5, announced=True)
    held = opened(session, calendar, "2027-02-19", 5, announced=True)
    announced_end = held.due_at

    changes = applied(session, loaded(session, notice_2027))

    assert later.due_at == start_of_day(date(2027, 2, 19))
    assert changes[later.id].moved
    assert held.due_at == announced_end
    assert changes[held.id].held
    assert changes[held.id].counted_due_at == start_of_day(date(2027, 2, 26))
    assert held.provisional is False


def test_listing_writes_nothing_and_a_draft_cannot_be_applied(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    deadline = opened(session, calendar, "2027-02-03", 5)
    old = deadline.due_at
    load_schedule(session, notice_2027, label="2027年", loaded_by="P900", now=NOW)
    draft = calendar.with_rules(load_calendar(session).rules)

    changes = recompute(session, draft, now=NOW)

    assert deadline.due_at == old
    assert changes[0].old_due_at == old != changes[0].new_due_at
    with pytest.raises(DomainError, match=r"calendar\.draft_not_applicable"):
        apply_recompute(session, changes)


OVERRIDE = {
    "region_code": "450000",
    "date": "2026-11-27",
    "day_type": "off",
    "name_zh": "台风停工",
    "basis": "紧急通知",
    "confidence": "A",
    "kind": "override",
}


def test_a_period_that_was_not_provisional_follows_an_override(
    session: Session, calendar: Calendar
) -> None:
    office = opened(session, calendar, "2026-11-26", 5)
    publicity = opened(session, calendar, "2026-11-26", 5, announced=True)

    changes = applied(session, loaded(session, [OVERRIDE]))

    assert office.due_at == publicity.due_at == start_of_day(date(2026, 12, 5))
    assert all(change.moved for change in changes.values())


def test_a_publicity_that_has_ended_stays_ended(session: Session, calendar: Calendar) -> None:
    ended = opened(session, calendar, "2026-11-20", 5, announced=True)
    overdue = opened(session, calendar, "2026-11-20", 5)

    changes = applied(session, loaded(session, [OVERRIDE]))

    assert ended.id not in changes
    assert ended.due_at == start_of_day(date(2026, 11, 28))
    assert overdue.due_at == start_of_day(date(2026, 12, 1))


def test_closed_fixed_and_calendar_deadlines_are_left_alone(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    close_deadline(opened(session, calendar, "2027-02-03", 5), now=NOW)
    open_fixed_deadline(
        session, calendar, subject=CASE, kind="campaign", start_at=NOW, due_at=at("2027-10-31")
    )
    open_deadline(
        session, calendar, subject=CASE, kind="timer", start_at=NOW, duration="P90D",
        unit="calendar", region="450000",
    )  # fmt: skip

    assert recompute(session, loaded(session, notice_2027), now=NOW) == []


def test_what_happened_since_the_listing_is_respected(
    session: Session, calendar: Calendar, notice_2027: list[dict[str, str]]
) -> None:
    closed = opened(session, calendar, "2027-02-03", 5)
    moved = opened(session, calendar, "2027-02-03", 5)
    old = closed.due_at
    changes = {c.deadline_id: c for c in recompute(session, loaded(session, notice_2027), now=NOW)}
    close_deadline(closed, now=NOW)
    moved.due_at = at("2027-03-01")

    assert apply_recompute(session, [changes[closed.id]]) == []
    assert closed.due_at == old
    with pytest.raises(DomainError, match=r"calendar\.recompute_outdated"):
        apply_recompute(session, [changes[moved.id]])
