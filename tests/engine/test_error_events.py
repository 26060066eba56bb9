"""Foreseen errors take the drawn way: out of operations, end events and work done outside."""

from __future__ import annotations

from typing import Any

import pytest

from app.bootstrap import House
from app.engine.background import Record
from app.engine.registry import BpmnError
from app.engine.tables import Outbox
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
