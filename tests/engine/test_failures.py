"""When a step fails: the act stands, an incident says why, other branches go on, retry repairs."""

from __future__ import annotations

import logging

import pytest

from app.domain.audit.tables import AuditEntry
from app.engine.history import broken_at
from app.engine.registry import BpmnError
from app.engine.tables import ActivityEvent, Incident, Outbox, TaskSubmission
from app.errors import DomainError, EngineError
from tests.engine.acts import APPLICATION, retry
from tests.engine.houses import ADMIN, MONDAY, NOTE, Stage


def jammed() -> None:
    """Fail as an operation with a sentence of its own does."""
    raise DomainError("installation.missing")


def crashed() -> None:
    """Fail as a programming mistake does, with something in its text that nobody may see."""
    raise ZeroDivisionError("450103198603179973")


def stuck() -> None:
    """Fail as the process foresees."""
    raise BpmnError("STUCK", {"bar": "down"})


def paid(stage: Stage) -> str:
    """Bring a car to the bar, with the bar as the test wants it."""
    case_id = stage.start("toll_gate")
    stage.complete("pay_toll", {"note": "已缴"}, by=ADMIN)
    return case_id


def test_failing_operation_opens_an_incident_and_keeps_the_submission(stage: Stage) -> None:
    stage.workshop.broken = jammed

    paid(stage)

    [incident] = stage.incidents()
    assert (incident.element_id, incident.element_name) == ("lift_bar", "抬杆")
    assert (incident.kind, incident.created_at) == ("installation.missing", MONDAY)
    assert incident.sentence == "数据库尚未初始化，请先运行 flask db-setup。"
    [row] = stage.rows(TaskSubmission, TaskSubmission.element_id == "pay_toll")
    assert row.values == {"note": "已缴"}
    assert stage.task("pay_toll").status == "completed"


def test_other_branch_goes_on_and_the_failed_step_leaves_no_effect(stage: Stage) -> None:
    stage.workshop.broken = jammed

    paid(stage)

    assert stage.notes() == ["counted"]
    assert stage.instance().status == "active"


def test_retry_after_repair_goes_on_and_every_effect_happens_once(stage: Stage) -> None:
    stage.workshop.broken = jammed
    case_id = paid(stage)
    stage.workshop.broken = None

    retry(stage)

    assert sorted(stage.notes()) == ["counted", "lifted"]
    assert stage.incidents() == []
    assert stage.case(case_id).state == "COMPLETED"


def test_retry_that_fails_again_opens_a_new_incident(stage: Stage) -> None:
    stage.workshop.broken = jammed
    paid(stage)
    [first] = stage.incidents()

    retry(stage)

    [second] = stage.incidents()
    assert first.id != second.id
    [resolved] = stage.rows(Incident, Incident.id == first.id)
    assert resolved.resolved_by == stage.actor(ADMIN).account_id
    assert stage.notes() == ["counted"]


def test_incident_is_retried_once(stage: Stage) -> None:
    stage.workshop.broken = jammed
    paid(stage)
    [incident] = stage.incidents()
    stage.workshop.broken = None
    retry(stage)

    with pytest.raises(EngineError) as refused:
        stage.house.engine.retry(incident.id, actor=stage.actor(ADMIN))

    assert refused.value.code == "engine.incident_resolved"
    assert stage.notes().count("lifted") == 1


def test_retry_is_audited(stage: Stage) -> None:
    stage.workshop.broken = jammed
    paid(stage)
    [incident] = stage.incidents()

    retry(stage)

    [entry] = stage.rows(AuditEntry, AuditEntry.action == "retry")
    assert (entry.object_id, entry.outcome) == (incident.id, "ok")


def test_programming_mistake_is_named_by_its_class_alone(stage: Stage) -> None:
    stage.workshop.broken = crashed

    paid(stage)

    [incident] = stage.incidents()
    assert incident.kind == "ZeroDivisionError"
    assert "450103198603179973" not in incident.sentence
    assert "ZeroDivisionError" in incident.sentence


def test_incident_is_logged_as_an_error_without_form_data(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.workshop.broken = jammed
    stage.start("toll_gate")

    with caplog.at_level(logging.DEBUG):
        stage.complete("pay_toll", {"note": "十分机密"}, by=ADMIN)

    [record] = [r for r in caplog.records if r.levelno == logging.ERROR]
    assert (record.message, record.element) == ("incident opened", "lift_bar")
    assert "十分机密" not in caplog.text


def test_foreseen_error_takes_the_drawn_way(stage: Stage) -> None:
    stage.workshop.broken = stuck

    paid(stage)

    assert stage.incidents() == []
    assert stage.open_tasks() == ["push_bar"]


def test_history_is_whole_after_failure_and_retry(stage: Stage) -> None:
    stage.workshop.broken = jammed
    paid(stage)
    stage.workshop.broken = None

    retry(stage)

    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None
    lines = stage.rows(ActivityEvent, ActivityEvent.element_id == "lift_bar")
    assert sorted(line.kind for line in lines) == ["completed", "entered"]


def test_timer_on_a_failed_step_still_fires_and_its_incident_is_over(stage: Stage) -> None:
    stage.workshop.broken = jammed
    paid(stage)
    stage.wait(days=2)

    stage.house.engine.fire_all_due()

    assert stage.open_tasks() == ["park_car"]
    assert stage.incidents() == []


def test_failing_guard_or_decision_at_start_refuses_the_start(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id = stage.draft("reading_room")
    stage.workshop.room["open"] = "maybe"

    with pytest.raises(EngineError) as refused:
        stage.house.engine.start(case_id, APPLICATION, actor=stage.actor("P001"))

    assert refused.value.code.startswith(("decisions.", "feel."))
    assert stage.case(case_id).state == "DRAFT"


def test_loop_without_a_wait_is_an_incident_and_the_other_branch_waits(stage: Stage) -> None:
    stage.workshop.turns = 10**9

    stage.start("spinning_top")

    [incident] = stage.incidents()
    assert incident.kind == "core.runaway"
    assert stage.open_tasks() == ["watch_top"]


def test_long_loop_that_ends_is_no_incident(stage: Stage) -> None:
    stage.workshop.turns = 300

    stage.start("spinning_top")

    assert stage.incidents() == []
    assert stage.open_tasks() == ["watch_top"]


def test_effects_of_the_first_attempt_are_taken_back_once(stage: Stage) -> None:
    """The failing advance runs twice (whole, then by steps); rows must show one of each."""
    stage.workshop.broken, stage.workshop.breaks_at = jammed, "counted"

    paid(stage)

    assert stage.workshop.performed.count("lifted") == 2
    assert [row.payload["text"] for row in stage.rows(Outbox, Outbox.kind == NOTE)] == ["lifted"]
