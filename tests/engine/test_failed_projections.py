"""Tasks and timers whose rows cannot be made: an incident, a repair, and the rest goes on."""

from __future__ import annotations

import pytest

from app.engine.tables import OPEN, UserTask
from tests.engine.acts import retry
from tests.engine.houses import ADMIN, MONDAY, Stage


@pytest.mark.parametrize(
    ("groups", "code"),
    [
        (7, "engine.groups_not_text"),
        (None, "engine.groups_not_text"),
        ("", "engine.groups_empty"),
        ([], "engine.groups_empty"),
        ([None], "engine.groups_not_text"),
    ],
)
def test_task_without_usable_groups_is_an_incident(stage: Stage, groups: object, code: str) -> None:
    stage.workshop.desk["groups"] = groups

    stage.start("odd_desk")

    [incident] = stage.incidents()
    assert (incident.element_id, incident.kind) == ("serve_caller", code)
    assert stage.open_tasks() == ["sweep_hall"]
    assert stage.timers().keys() == {"pause"}


def test_task_appears_once_its_groups_are_repaired(stage: Stage) -> None:
    stage.workshop.desk["groups"] = 7
    stage.start("odd_desk")
    stage.workshop.desk["groups"] = ADMIN

    retry(stage)

    assert stage.incidents() == []
    assert stage.open_tasks() == ["serve_caller", "sweep_hall"]
    assert len(stage.rows(UserTask, UserTask.status == OPEN)) == 2


@pytest.mark.parametrize("pause", ["five days", "P1Y2", "5D"])
def test_bad_timer_is_an_incident_and_the_others_go_on(stage: Stage, pause: object) -> None:
    stage.workshop.desk["pause"] = pause

    stage.start("odd_desk")

    assert [incident.element_id for incident in stage.incidents()] == ["pause"]
    assert stage.open_tasks() == ["serve_caller", "sweep_hall"]
    assert stage.timers() == {}


@pytest.mark.parametrize("pause", [None, 5, ["P5D"]])
def test_timer_that_is_no_text_stops_the_step_before_it(stage: Stage, pause: object) -> None:
    stage.workshop.desk["pause"] = pause
    stage.start("odd_desk")
    before = [incident.kind for incident in stage.incidents()]
    stage.workshop.desk["pause"] = "PT1H"

    retry(stage)

    assert before == ["core.timer_not_text"]
    assert stage.open_tasks() == ["serve_caller", "sweep_hall"]
    assert stage.timers().keys() == {"pause"}


def test_timer_runs_from_its_repair(stage: Stage) -> None:
    stage.workshop.desk["pause"] = "five days"
    stage.start("odd_desk")
    stage.workshop.desk["pause"] = "PT1H"
    stage.wait(days=1)

    retry(stage)

    assert stage.timers()["pause"].due_at == stage.clock.now() + (MONDAY.replace(hour=10) - MONDAY)


def test_two_things_that_fail_are_two_incidents(stage: Stage) -> None:
    stage.workshop.desk |= {"pause": "five days", "groups": 7}

    stage.start("odd_desk")

    assert sorted(i.element_id for i in stage.incidents()) == ["pause", "serve_caller"]
    assert stage.open_tasks() == ["sweep_hall"]


def test_failed_branch_does_not_hinder_people_on_the_other(stage: Stage) -> None:
    stage.workshop.desk["groups"] = 7
    stage.start("odd_desk")

    stage.complete("sweep_hall", by=ADMIN)

    assert [incident.element_id for incident in stage.incidents()] == ["serve_caller"]
    assert stage.open_tasks() == []
    assert stage.instance().status == "active"
