"""Foreseen errors take the drawn way: out of operations, end events and work done outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.bootstrap import House
from app.engine.background import NotYet, OutOfReach, Record
from app.engine.registry import BpmnError
from app.engine.tables import ENDED, Outbox, ProcessInstance
from app.scheduler.effects import EFFECTS
from app.scheduler.outbox import work_everything
from tests.engine.acts import WORKER, claimed
from tests.engine.houses import ADMIN, Stage


def jam() -> None:
    """Fail as the caller's drawing foresees."""
    raise BpmnError("JAM")


def flood() -> None:
    """Fail as nobody's drawing foresees."""
    raise BpmnError("FLOOD")


def row_of(stage: Stage) -> Outbox:
    """Return the row of the printing."""
    [row] = stage.rows(Outbox, Outbox.kind == "press.print")
    found: Outbox = row
    return found


def test_error_of_an_operation_leaves_the_called_process(stage: Stage) -> None:
    stage.workshop.broken = jam

    stage.start("errand")

    assert stage.open_tasks() == ["clear_jam"]
    assert stage.incidents() == []


def test_error_end_event_leaves_the_called_process(stage: Stage) -> None:
    stage.start("errand")

    stage.house.engine.finish(claimed(stage), owner=WORKER, record=lambda session: {"sheets": 0})

    assert stage.open_tasks() == ["clear_jam"]


def test_without_an_error_the_normal_way_is_taken(stage: Stage) -> None:
    case_id = stage.start("errand")

    stage.house.engine.finish(claimed(stage), owner=WORKER, record=lambda session: {"sheets": 1})

    assert stage.case(case_id).state == "COMPLETED"


def test_error_of_background_work_leaves_the_called_process(stage: Stage) -> None:
    case_id = stage.start("errand")

    stage.house.engine.throw(claimed(stage), owner=WORKER, error=BpmnError("JAM"))

    row = row_of(stage)
    assert stage.open_tasks() == ["clear_jam"]
    assert (row.done_at is not None, row.dead_at) == (True, None)
    stage.complete("clear_jam", by=ADMIN)
    assert stage.case(case_id).state == "COMPLETED"


def test_error_of_background_work_without_a_boundary_event_is_an_incident_at_once(
    stage: Stage,
) -> None:
    stage.start("errand")

    stage.house.engine.throw(claimed(stage), owner=WORKER, error=BpmnError("FLOOD"))

    [incident] = stage.incidents()
    row = row_of(stage)
    assert (incident.element_id, incident.outbox_id) == ("print_sheet", row.id)
    assert (row.done_at, row.dead_at is not None) == (None, True)
    stage.house.engine.retry(incident.id, actor=stage.actor(ADMIN))
    stage.house.engine.throw(claimed(stage), owner=WORKER, error=BpmnError("JAM"))
    assert stage.open_tasks() == ["clear_jam"]


def test_error_of_an_operation_without_a_boundary_event_is_an_incident(stage: Stage) -> None:
    stage.workshop.broken = flood

    stage.start("errand")

    [incident] = stage.incidents()
    assert (incident.element_id, incident.kind) == ("lift_lid", "core.error_not_caught")


@pytest.mark.parametrize("outside", [True, False], ids=["acting", "recording"])
def test_effect_that_raises_an_error_is_not_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, outside: bool
) -> None:
    tried: list[bool] = []

    def effect(house: House, payload: dict[str, Any]) -> Record:
        tried.append(True)
        if outside:
            jam()
        return lambda session: jam() or {}

    monkeypatch.setitem(EFFECTS, "press.print", effect)
    stage.start("errand")

    work_everything(stage.house, owner=WORKER)

    assert stage.open_tasks() == ["clear_jam"]
    assert len(tried) == 1


def test_error_of_an_interrupted_step_changes_nothing(stage: Stage) -> None:
    stage.start("print_shop")
    outbox_id = claimed(stage)
    stage.wait(days=3)

    stage.house.engine.throw(outbox_id, owner=WORKER, error=BpmnError("JAM"))

    assert stage.open_tasks() == ["copy_by_hand"]
    assert stage.incidents() == []


def test_world_out_of_reach_is_tried_again_before_the_drawn_way_is_taken(stage: Stage) -> None:
    stage.start("errand")
    error = OutOfReach("JAM")

    for attempt in (1, 2):
        stage.house.engine.failed(claimed(stage), owner=WORKER, error=error)
        assert (row_of(stage).attempts, stage.open_tasks()) == (attempt, [])
    stage.house.engine.failed(claimed(stage), owner=WORKER, error=error)

    row = row_of(stage)
    assert stage.open_tasks() == ["clear_jam"]
    assert (row.attempts, row.done_at is not None, row.dead_at) == (3, True, None)
    assert stage.incidents() == []


def test_world_out_of_reach_without_a_boundary_event_is_an_incident_in_the_end(
    stage: Stage,
) -> None:
    stage.start("errand")

    for _ in range(3):
        stage.house.engine.failed(claimed(stage), owner=WORKER, error=OutOfReach("FLOOD"))

    [incident] = stage.incidents()
    assert incident.element_id == "print_sheet"
    assert row_of(stage).dead_at is not None


def test_world_that_needs_time_is_asked_again_without_using_up_an_attempt(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def effect(house: House, payload: dict[str, Any]) -> Record:
        asked.append(True)
        raise NotYet(timedelta(minutes=1))

    monkeypatch.setitem(EFFECTS, "press.print", effect)
    case_id = stage.start("errand")
    for _ in range(2):
        work_everything(stage.house, owner=WORKER)

    row = row_of(stage)
    assert (len(asked), row.attempts, row.lease_owner, row.error) == (1, 0, None, None)
    assert row.not_before is not None
    stage.house.engine.finish(claimed(stage), owner=WORKER, record=lambda session: {"sheets": 1})
    assert stage.case(case_id).state == "COMPLETED"


def test_nobody_is_asked_again_for_an_interrupted_step(stage: Stage) -> None:
    stage.start("errand")
    outbox_id = claimed(stage)
    [instance] = stage.rows(ProcessInstance)
    with stage.house.unit_of_work() as session:
        session.get_one(ProcessInstance, instance.id).status = ENDED

    stage.house.engine.postpone(outbox_id, owner=WORKER, after=timedelta(minutes=1))

    assert row_of(stage).done_at is not None
