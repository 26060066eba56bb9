"""Repeating timers: each period starts where the last one ended, until there are none left."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from app.clock import local
from app.domain.calendar import Deadline
from app.engine.tables import Outbox
from tests.engine.acts import retry
from tests.engine.houses import ADMIN, MONDAY, NOTE, Stage


def days_of(stage: Stage, text: str) -> list[str]:
    """Return on which days a note was taken."""
    rows = [row.payload for row in stage.rows(Outbox, Outbox.kind == NOTE)]
    return [row["about"] for row in rows if row["text"] == text]


def test_timer_is_armed_with_its_number_of_turns(stage: Stage) -> None:
    stage.start("night_watch")

    assert {name: timer.cycles_left for name, timer in stage.timers().items()} == {
        "nag": 3,
        "bell": None,
    }


def test_each_turn_is_armed_from_the_last_ones_instant(stage: Stage) -> None:
    stage.start("night_watch")
    first = stage.timers()["nag"]
    stage.clock.move_to(first.due_at + timedelta(hours=5))

    stage.house.engine.fire_all_due()

    second = stage.timers()["nag"]
    assert (second.id, second.cycles_left) == (first.id, 2)
    assert (local(first.due_at).isoformat(), local(second.due_at).isoformat()) == (
        "2026-03-10T00:00:00+08:00",
        "2026-03-17T00:00:00+08:00",
    )
    assert stage.open_tasks() == ["keep_watch"]


def test_weeks_of_downtime_replay_every_turn(stage: Stage) -> None:
    stage.start("night_watch")
    stage.wait(days=40)

    fired = stage.house.engine.fire_all_due()

    assert fired == 3 + 5
    assert days_of(stage, "nagged") == ["2026-03-10", "2026-03-17", "2026-03-24"]
    assert days_of(stage, "rang") == [
        (MONDAY + timedelta(days=7 * turn)).date().isoformat() for turn in range(1, 6)
    ]


def test_last_turn_ends_the_timer_and_not_the_task(stage: Stage) -> None:
    stage.start("night_watch")
    stage.wait(days=40)

    stage.house.engine.fire_all_due()

    assert stage.timers().keys() == {"bell"}
    assert stage.open_tasks() == ["keep_watch"]
    assert stage.house.engine.fire_all_due() == 0


def test_every_turn_has_a_deadline_of_its_own(stage: Stage) -> None:
    stage.start("night_watch")
    stage.wait(days=40)
    stage.house.engine.fire_all_due()

    rows = stage.rows(Deadline, Deadline.kind.like("timer:nag:%"))

    rows.sort(key=lambda row: row.start_at)
    assert [row.unit for row in rows] == ["workday"] * 3
    assert all(row.closed_at == row.due_at for row in rows)
    # Five working days after five working days: the day that begins at the end counts.
    passed = [later.start_at - sooner.due_at for sooner, later in pairwise(rows)]
    assert passed == [-timedelta(microseconds=1)] * 2


def test_completing_the_task_ends_its_timers(stage: Stage) -> None:
    case_id = stage.start("night_watch")
    stage.wait(days=8)
    stage.house.engine.fire_all_due()

    stage.complete("keep_watch", by=ADMIN)
    stage.wait(days=30)

    assert (stage.timers(), stage.house.engine.fire_all_due()) == ({}, 0)
    assert stage.rows(Deadline, Deadline.closed_at.is_(None)) == []
    assert stage.case(case_id).state == "COMPLETED"


def test_failing_turn_is_an_incident_and_the_next_comes_after_its_repair(stage: Stage) -> None:
    stage.start("night_watch")
    stage.workshop.desk["volume"] = "loud"
    stage.wait(days=7)
    stage.house.engine.fire_all_due()
    [incident] = stage.incidents()
    armed = set(stage.timers())
    stage.workshop.desk["volume"] = 1
    stage.wait(days=8)

    retry(stage)
    stage.house.engine.fire_all_due()

    assert (incident.element_id, armed) == ("bell", {"nag"})
    assert len(days_of(stage, "rang")) == 2
    assert stage.timers()["bell"].due_at == MONDAY + timedelta(days=21)
    [deadline] = stage.rows(Deadline, Deadline.id == stage.timers()["bell"].deadline_id)
    assert (deadline.due_at, deadline.closed_at) == (MONDAY + timedelta(days=21), None)
