"""What a designer may write at a task or timer, and what becomes of what cannot be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.calendar import Deadline
from app.engine.guards import objections
from app.engine.starting import draft_situation, start_element
from app.engine.tables import UserTask
from app.errors import EngineError
from tests.engine.houses import ADMIN, APPLICANT, MONDAY, Stage

DRAWING = "workflows/odd_desk/odd_desk.bpmn"
RULES = "workflows/reading_room/reading_room.dmn"
SCHEDULE = '<zeebe:taskSchedule dueDate="P5D" />'
PAUSE = '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">=desk.pause</bpmn:timeDuration>'


def drawn(stage: Stage, old: str, new: str) -> UserTask | None:
    """Start the desk's procedure with one thing drawn otherwise; return the caller's task."""
    package = stage.package("odd_desk")
    assert old in package.files[DRAWING]
    text = package.files[DRAWING].replace(old, new, 1)
    package = replace(package, files={**package.files, DRAWING: text})
    stage.house.engine.publish(package, published_by="tests")
    case_id = stage.draft("odd_desk")
    stage.house.engine.start(case_id, {"note": "开始"}, actor=stage.actor(APPLICANT))
    found = stage.rows(UserTask, UserTask.element_id == "serve_caller")
    return found[0] if found else None


@pytest.mark.parametrize(
    ("due", "instant"),
    [
        ("P5D", "2026-03-07T01:00:00+00:00"),
        ("PT90M", "2026-03-02T02:30:00+00:00"),
        ("2026-03-20", "2026-03-19T16:00:00+00:00"),
        ("2026-03-20T12:00:00+08:00", "2026-03-20T04:00:00+00:00"),
        ("=today", "2026-03-01T16:00:00+00:00"),
        ('=date("2026-03-20")', "2026-03-19T16:00:00+00:00"),
        ('="P" + string(2) + "D"', "2026-03-04T01:00:00+00:00"),
        ("=now", "2026-03-02T01:00:00+00:00"),
    ],
)
def test_due_date_is_a_period_a_day_or_an_instant(stage: Stage, due: str, instant: str) -> None:
    written = due.replace('"', "&quot;")

    task = drawn(stage, SCHEDULE, f'<zeebe:taskSchedule dueDate="{written}" />')

    assert task is not None
    assert task.due_at is not None
    assert task.due_at.isoformat() == instant


def test_follow_up_and_priority_are_kept(stage: Stage) -> None:
    task = drawn(
        stage,
        SCHEDULE,
        '<zeebe:taskSchedule dueDate="P5D" followUpDate="2026-03-04" />'
        '<zeebe:priorityDefinition priority="=40 + 2" />',
    )

    assert task is not None
    assert task.priority == 42
    assert str(task.follow_up_at) == "2026-03-03 16:00:00+00:00"


def test_priority_is_fifty_when_nobody_says(stage: Stage) -> None:
    task = drawn(stage, SCHEDULE, SCHEDULE)

    assert task is not None
    assert task.priority == 50


def test_several_groups_may_be_written_as_text(stage: Stage) -> None:
    stage.workshop.desk["groups"] = "R-UADM@DW-002, R-UHR@DW-002,R-UADM@DW-002"

    stage.start("odd_desk")

    stage.house.engine.claim(stage.task("serve_caller").id, actor=stage.actor("R-UHR@DW-002"))
    assert stage.incidents() == []


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ('<zeebe:taskSchedule dueDate="tomorrow" />', "engine.not_an_instant"),
        ('<zeebe:taskSchedule dueDate="2026-02-30" />', "engine.not_an_instant"),
        ('<zeebe:taskSchedule dueDate="=17" />', "engine.not_an_instant"),
        ('<zeebe:taskSchedule dueDate="2026-03-20T12:00:00" />', "engine.instant_without_zone"),
        (
            '<zeebe:taskSchedule dueDate="P5D" /><zeebe:priorityDefinition priority="high" />',
            "engine.priority_not_number",
        ),
        ('<zeebe:taskSchedule dueDate="=desk.nothing.more + 1" />', ""),
    ],
)
def test_what_cannot_be_read_is_an_incident_of_its_task(stage: Stage, new: str, code: str) -> None:
    task = drawn(stage, SCHEDULE, new)

    if code:
        [incident] = stage.incidents()
        assert (task, incident.element_id, incident.kind) == (None, "serve_caller", code)
    assert "sweep_hall" in stage.open_tasks()


def test_timer_of_a_fixed_day_is_due_on_that_day(stage: Stage) -> None:
    drawn(stage, PAUSE, "<bpmn:timeDate>2026-03-20</bpmn:timeDate>")

    timer = stage.timers()["pause"]
    [deadline] = stage.rows(Deadline, Deadline.id == timer.deadline_id)

    assert timer.due_at.isoformat() == "2026-03-19T16:00:00+00:00"
    assert (deadline.unit, deadline.due_at, deadline.start_at) == ("fixed", timer.due_at, MONDAY)
    stage.wait(days=30)
    assert stage.house.engine.fire_all_due() == 1


def test_timer_of_a_day_that_has_passed_fires_at_once(stage: Stage) -> None:
    drawn(stage, PAUSE, "<bpmn:timeDate>2026-02-20</bpmn:timeDate>")

    assert stage.house.engine.fire_all_due() == 1
    assert stage.incidents() == []


@pytest.mark.parametrize("output", ['{"message": "盘点中"}', '["盘点中", null]', '"盘点中"'])
def test_guard_says_no_in_every_agreed_form(stage: Stage, output: str) -> None:
    assert asked(stage, output) == ["盘点中"]


@pytest.mark.parametrize("output", ["null", "[]", '""', '{"message": null}', "{}"])
def test_guard_that_says_nothing_lets_pass(stage: Stage, output: str) -> None:
    assert asked(stage, output) == []


@pytest.mark.parametrize("output", ["17", "true", '{"message": 17}', "[false]"])
def test_guard_that_says_something_else_is_a_designers_mistake(stage: Stage, output: str) -> None:
    with pytest.raises(EngineError) as wrong:
        asked(stage, output)

    assert wrong.value.code == "engine.guard_not_text"


def asked(stage: Stage, output: str) -> list[str]:
    """Return what the start's guard objects when its rule's answer is this."""
    package = stage.package("reading_room")
    cell = '"阅览室未开放，请于 " + room.opens + " 后再来"'
    text = (
        package.files[RULES]
        .replace(cell, output)
        .replace('name="message" typeRef="string"', 'name="message"', 1)
    )
    assert text != package.files[RULES]
    package = replace(package, files={**package.files, RULES: text})
    stage.house.engine.publish(package, published_by="tests")
    stage.workshop.room["open"] = False
    case = stage.case(stage.draft("reading_room"))
    with stage.house.unit_of_work() as session:
        here = draft_situation(
            session, stage.house.tools, case, actor=stage.actor(APPLICANT), now=MONDAY
        )
        return objections(start_element(here.bundle), here)


def test_step_of_a_draft_is_not_reached_yet(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id = stage.draft("reading_room")

    with pytest.raises(EngineError) as refused:
        stage.house.engine.complete_element(
            case_id, "hand_over_book", {}, actor=stage.actor(APPLICANT)
        )

    assert refused.value.code == "engine.task_not_reached"
    assert stage.actor(ADMIN).person_code is None
