"""Timers: due instants, firing in order from their own instants, shared legal periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.clock import local
from app.domain.calendar import Deadline
from app.engine.history import broken_at
from app.engine.tables import ActivityEvent, Outbox, TaskSubmission, Timer
from app.errors import EngineError
from tests.engine.houses import ADMIN, MONDAY, NOTE, Stage


def due_of(stage: Stage, element: str) -> datetime:
    """Return when a waiting timer is due."""
    due: datetime = stage.timers()[element].due_at
    return due


def fired_notes(stage: Stage) -> dict[str, str]:
    """Return at which legal instant each note was taken."""
    return {r.payload["text"]: r.payload["at"] for r in stage.rows(Outbox, Outbox.kind == NOTE)}


def test_boundary_timers_are_armed_with_their_task(stage: Stage) -> None:
    stage.start("slow_letter")

    assert {name: timer.due_at for name, timer in stage.timers().items()} == {
        "remind": MONDAY + timedelta(days=3),
        "overdue": MONDAY + timedelta(days=7),
    }


def test_timer_and_deadline_row_agree(stage: Stage) -> None:
    stage.start("slow_letter")

    for timer in stage.timers().values():
        [deadline] = stage.rows(Deadline, Deadline.id == timer.deadline_id)
        assert (deadline.due_at, deadline.start_at) == (timer.due_at, MONDAY)


@pytest.mark.parametrize(("early", "fired"), [(1, 0), (0, 1)])
def test_timer_fires_at_its_instant_and_not_before(stage: Stage, early: int, fired: int) -> None:
    stage.start("slow_letter")
    stage.clock.move_to(MONDAY + timedelta(days=3) - timedelta(microseconds=early))

    assert stage.house.engine.fire_all_due() == fired


def test_non_interrupting_timer_leaves_the_task_open(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.wait(days=3)

    stage.house.engine.fire_all_due()

    assert stage.open_tasks() == ["answer_letter"]
    assert stage.notes() == ["reminded"]


def test_interrupting_timer_cancels_the_task(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.wait(days=7)

    stage.house.engine.fire_all_due()

    task = stage.task("answer_letter")
    assert (task.status, task.completed_at) == ("cancelled", MONDAY + timedelta(days=7))
    assert stage.timers().keys() == {"cooling_off"}


def test_completing_the_task_disarms_its_timers(stage: Stage) -> None:
    case_id = stage.start("slow_letter")

    stage.complete("answer_letter", by=ADMIN)
    stage.wait(days=30)

    assert stage.timers() == {}
    assert stage.house.engine.fire_all_due() == 0
    assert stage.case(case_id).state == "COMPLETED"
    assert stage.rows(Deadline, Deadline.closed_at.is_(None)) == []


def test_weeks_of_downtime_replay_as_if_they_had_not_been(stage: Stage) -> None:
    case_id = stage.start("slow_letter")
    stage.wait(days=60)

    fired = stage.house.engine.fire_all_due()

    task = stage.task("close_letter")
    assert fired == 3
    assert fired_notes(stage) == {
        "reminded": (MONDAY + timedelta(days=3)).astimezone(UTC).isoformat(),
        "overdue": (MONDAY + timedelta(days=14)).astimezone(UTC).isoformat(),
    }
    assert task.created_at == MONDAY + timedelta(days=14)
    assert task.due_at == MONDAY + timedelta(days=19)
    assert stage.case(case_id).state == "OFFICE"


def test_expressions_of_a_late_firing_see_its_own_day(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.wait(days=60)

    stage.house.engine.fire_all_due()

    rows = stage.rows(Outbox, Outbox.kind == NOTE)
    about = {row.payload["text"]: row.payload["about"] for row in rows}
    assert about == {"reminded": "2026-03-05", "overdue": "2026-03-16"}


def test_history_of_a_replay_is_in_order_of_due(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.wait(days=60)
    stage.house.engine.fire_all_due()

    lines = sorted(stage.rows(ActivityEvent), key=lambda line: line.seq)

    assert [line.at for line in lines] == sorted(line.at for line in lines)
    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None


def test_replayed_steps_are_nobodys_act(stage: Stage) -> None:
    stage.start("slow_letter")
    task_id, actor = stage.task("answer_letter").id, stage.actor(ADMIN)
    stage.wait(days=60)
    with pytest.raises(EngineError):
        stage.house.engine.complete(task_id, {}, actor=actor)

    lines = stage.rows(ActivityEvent, ActivityEvent.element_id == "note_overdue")

    assert {line.account_id for line in lines} == {None}


def test_late_click_after_an_overdue_interrupting_timer_is_refused(stage: Stage) -> None:
    stage.start("slow_letter")
    task_id = stage.task("answer_letter").id
    stage.wait(days=8)

    with pytest.raises(EngineError) as refused:
        stage.house.engine.complete(task_id, {"note": "晚了"}, actor=stage.actor(ADMIN))

    assert refused.value.code == "engine.task_cancelled"
    assert stage.rows(TaskSubmission, TaskSubmission.element_id == "answer_letter") == []
    assert stage.timers().keys() == {"cooling_off"}  # what was due has fired and stays fired


@pytest.mark.parametrize("verb", ["claim", "save_task_draft"])
def test_every_verb_fires_first(stage: Stage, verb: str) -> None:
    stage.start("slow_letter")
    task_id = stage.task("answer_letter").id
    stage.wait(days=8)
    values = ({},) if verb == "save_task_draft" else ()

    with pytest.raises(EngineError) as refused:
        getattr(stage.house.engine, verb)(task_id, *values, actor=stage.actor(ADMIN))

    assert refused.value.code == "engine.task_cancelled"


def test_timers_of_several_cases_fire_each_from_its_own_instant(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.wait(days=1)
    stage.start("slow_letter")
    stage.wait(days=60)

    stage.house.engine.fire_all_due()

    dues = sorted(row.due_at for row in stage.rows(Timer, Timer.fired))
    days = [(due - MONDAY).days for due in dues]
    assert days == [3, 4, 7, 8, 14, 15]


def test_firing_again_fires_nothing(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.wait(days=60)
    stage.house.engine.fire_all_due()

    assert stage.house.engine.fire_all_due() == 0
    assert sorted(stage.notes()) == ["overdue", "reminded"]


def test_working_days_skip_weekends_and_holidays(stage: Stage) -> None:
    """Five working days from 28 September 2026 pass the National Day holiday."""
    stage.clock.move_to(datetime.fromisoformat("2026-09-28T10:00:00+08:00"))
    stage.start("notice_board")

    timer = stage.timers()["notice_over"]
    [deadline] = stage.rows(Deadline, Deadline.id == timer.deadline_id)

    assert timer.due_at == deadline.due_at
    assert (deadline.unit, deadline.amount, deadline.region) == ("workday", 5, "450000")
    assert local(timer.due_at).isoformat() >= "2026-10-09"
    assert local(timer.due_at).time().isoformat() == "00:00:00"


def test_elements_of_one_period_share_one_deadline(stage: Stage) -> None:
    stage.start("notice_board")

    [deadline] = stage.rows(Deadline)

    assert deadline.kind == "notice"
    assert stage.timers()["notice_over"].deadline_id == deadline.id
    assert stage.task("hear_objection").deadline_id == deadline.id
    assert stage.task("hear_objection").due_at == stage.timers()["notice_over"].due_at


def test_shared_deadline_stays_open_for_the_last_of_its_elements(stage: Stage) -> None:
    """A deadline closed early would not be recomputed when the holidays are announced."""
    stage.start("notice_board")

    stage.complete("hear_objection", by=ADMIN)

    [deadline] = stage.rows(Deadline)
    assert deadline.closed_at is None
    assert due_of(stage, "notice_over") == deadline.due_at


def test_shared_deadline_closes_with_its_last_element(stage: Stage) -> None:
    case_id = stage.start("notice_board")
    stage.complete("hear_objection", by=ADMIN)
    due = due_of(stage, "notice_over")
    stage.wait(days=30)

    stage.house.engine.fire_all_due()

    [deadline] = stage.rows(Deadline)
    assert deadline.closed_at == due
    assert stage.case(case_id).state == "COMPLETED"


def test_deadline_of_a_fired_timer_is_closed_at_its_instant(stage: Stage) -> None:
    stage.start("slow_letter")
    timer = stage.timers()["remind"]
    stage.wait(days=5)

    stage.house.engine.fire_all_due()

    [deadline] = stage.rows(Deadline, Deadline.id == timer.deadline_id)
    assert deadline.closed_at == timer.due_at


def test_timer_of_an_instance_that_ended_is_left_alone(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.complete("answer_letter", by=ADMIN)
    stage.wait(days=60)

    assert stage.house.engine.fire_due(stage.instance().id) == 0
