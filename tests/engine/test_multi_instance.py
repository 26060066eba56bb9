"""Several people in one step: each has a task, a deadline and a notice of his own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.domain.calendar import Deadline
from app.engine.tables import OPEN, ActivityEvent, Outbox, UserTask
from app.errors import EngineError, NotAllowed
from tests.engine.acts import finish_printing
from tests.engine.houses import APPLICANT, Stage

UNIT, HR = "R-UADM@DW-002", "R-UHR@DW-002"


@pytest.fixture
def relay(stage: Stage) -> Stage:
    """A case that two people have to sign."""
    stage.start("relay")
    return stage


def sign(stage: Stage, who: str, element: str = "sign_page") -> None:
    """Complete the task of an element that one of several people has."""
    case = stage.instance().case_id or ""
    stage.house.engine.complete_element(case, element, {"note": "已签"}, actor=stage.actor(who))


def root(stage: Stage) -> dict[str, Any]:
    """Return the variables of the instance."""
    found: dict[str, Any] = json.loads(stage.instance().state)["scopes"]["root"]["vars"]
    return found


def copies(stage: Stage) -> list[str]:
    """Return what has been sent to the press so far."""
    return [row.payload["copies"] for row in stage.rows(Outbox, Outbox.kind == "press.print")]


def test_each_has_a_task_a_deadline_and_a_notice_of_his_own(relay: Stage) -> None:
    tasks = relay.rows(UserTask, UserTask.status == OPEN)
    deadlines = relay.rows(Deadline, Deadline.closed_at.is_(None))

    assert relay.open_tasks() == ["sign_page", "sign_page"]
    assert len({task.deadline_id for task in tasks}) == len(deadlines) == 2
    assert sorted(row.duration for row in deadlines) == ["P1D", "P3D"]
    assert relay.notes() == ["R-UADM", "R-UHR"]


def test_one_signature_leaves_the_others_deadline_open(relay: Stage) -> None:
    sign(relay, UNIT)

    [task] = relay.rows(UserTask, UserTask.status == OPEN)
    [deadline] = relay.rows(Deadline, Deadline.closed_at.is_(None))
    assert (task.deadline_id, deadline.duration) == (deadline.id, "P3D")


def test_nobody_signs_for_another(relay: Stage) -> None:
    sign(relay, UNIT)

    with pytest.raises(NotAllowed):
        relay.house.engine.complete(
            relay.rows(UserTask, UserTask.status == OPEN)[0].id,
            {"note": "代签"},
            actor=relay.actor(UNIT),
        )


def test_history_tells_every_signature_once(relay: Stage) -> None:
    for who in (UNIT, HR):
        sign(relay, who)

    told = relay.rows(ActivityEvent, ActivityEvent.element_id == "sign_page")
    assert [event.kind for event in told] == ["entered", "entered", "completed", "completed"]
    assert all(event.person_name for event in told if event.kind == "completed")


def test_background_work_in_turn_collects_its_results(relay: Stage) -> None:
    for who in (UNIT, HR):
        sign(relay, who)
    assert copies(relay) == ["2"]
    finish_printing(relay, sheets=2)
    assert copies(relay) == ["2", "5"]

    finish_printing(relay, sheets=5)

    assert root(relay)["printed"] == [2, 5]
    assert relay.incidents() == []


def test_sub_process_runs_once_for_each_and_ends_with_the_last(relay: Stage) -> None:
    for who in (UNIT, HR):
        sign(relay, who)
    for sheets in (2, 5):
        finish_printing(relay, sheets=sheets)

    assert relay.open_tasks() == ["read_copy", "read_copy"]
    sign(relay, HR, "read_copy")
    assert relay.open_tasks() == ["read_copy"]
    sign(relay, UNIT, "read_copy")

    assert (relay.instance().status, relay.incidents()) == ("ended", [])


def test_the_same_person_does_not_sign_twice_in_two_roles(stage: Stage) -> None:
    package = stage.package("relay")
    path = "workflows/relay/relay.bpmn"
    drawn = package.files[path].replace('role: "R-UHR"', 'role: "R-UADM"')
    drawn = drawn.replace(
        '<zeebe:taskSchedule dueDate="=signer.time" />',
        '<zeebe:taskSchedule dueDate="=signer.time" /><zeebe:properties>'
        '<zeebe:property name="notSameAs" value="sign_page" /></zeebe:properties>',
    )
    edited = replace(package, files={**package.files, path: drawn})
    stage.house.engine.publish(edited, published_by="tests")
    case = stage.draft("relay")
    stage.house.engine.start(case, {"note": "开始"}, actor=stage.actor(APPLICANT))
    sign(stage, UNIT)

    with pytest.raises(EngineError) as refused:
        sign(stage, UNIT)

    assert refused.value.code == "engine.same_person"
