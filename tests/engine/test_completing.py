"""What completing a task leaves behind: a submission for good, variables, stages, history."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidTag

from app.domain.audit.tables import AuditEntry
from app.domain.calendar import Deadline
from app.engine.tables import (
    COMPLETED,
    ENDED,
    ActivityEvent,
    IdempotencyKey,
    Outbox,
    TaskSubmission,
    UserTask,
)
from app.errors import EngineError
from app.forms.validation import FormInvalid
from tests.engine.acts import AGREED, APPLICATION, REFUSED, SEEN, checked, lent
from tests.engine.houses import ADMIN, MONDAY, NOTE, PERSONNEL, Stage

CLAUSE = "阅览规则〔2015〕1号 第三条：申请应在五个工作日内核对。"


def variables(stage: Stage) -> dict[str, object]:
    """Return the variables of the newest instance."""
    found: dict[str, object] = json.loads(stage.instance().state)["scopes"]["root"]["vars"]
    return found


def test_wrong_form_is_refused_and_writes_nothing(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    before = stage.count(TaskSubmission, ActivityEvent, UserTask, Outbox)
    state = stage.instance().state

    with pytest.raises(FormInvalid) as invalid:
        stage.complete("check_application", {"outcome": "PERHAPS", "opinion": ""}, by=ADMIN)

    assert set(invalid.value.errors) == {"outcome", "opinion"}
    assert stage.count(TaskSubmission, ActivityEvent, UserTask, Outbox) == before
    assert stage.instance().state == state
    assert stage.open_tasks() == ["check_application"]
    [entry] = stage.rows(AuditEntry, AuditEntry.outcome == "refused")
    assert entry.reason == "form.invalid"


def test_submission_is_kept_with_its_person_and_encrypted(stage: Stage) -> None:
    checked(stage)

    [row] = stage.rows(TaskSubmission, TaskSubmission.element_id == "check_application")

    actor = stage.actor(ADMIN)
    assert row.values["opinion"] == "同意借阅"
    assert row.values["seen_number"] == SEEN
    assert SEEN.encode() not in row.values_enc
    assert "同意借阅".encode() not in row.values_enc
    assert (row.account_id, row.name, row.organisation) == (actor.account_id, actor.name, "DW-002")
    assert (row.at, row.form_id, row.task_id) == (
        MONDAY,
        "check",
        stage.task("check_application").id,
    )


def test_submission_copied_to_another_row_does_not_open(stage: Stage) -> None:
    checked(stage)
    first, second = stage.submissions()

    second.values_enc = first.values_enc

    with pytest.raises(InvalidTag):
        _ = second.values


def test_unknown_fields_of_a_post_are_not_kept(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)

    stage.complete("check_application", {**AGREED, "approved": True}, by=ADMIN)

    [row] = stage.rows(TaskSubmission, TaskSubmission.element_id == "check_application")
    assert "approved" not in row.values


def test_only_mapped_values_become_variables(stage: Stage) -> None:
    checked(stage)

    found = variables(stage)

    assert found["outcome"] == "AGREE"
    assert found["shelf_place"] == "A-1"
    assert not {"opinion", "seen_number", "place"} & set(found)
    assert SEEN not in stage.instance().state


def test_task_says_who_did_it_when_and_how(stage: Stage) -> None:
    checked(stage)

    task, actor = stage.task("check_application"), stage.actor(ADMIN)

    assert (task.status, task.outcome) == (COMPLETED, "AGREE")
    assert (task.completed_by, task.assignee_name) == (actor.account_id, actor.name)
    assert task.completed_at == MONDAY


def test_deadline_of_a_done_task_is_closed(stage: Stage) -> None:
    checked(stage)

    open_kinds = [row.kind for row in stage.rows(Deadline, Deadline.closed_at.is_(None))]

    [kind] = open_kinds
    assert kind.startswith("task:hand_over_book:")


def test_ended_case_has_no_open_deadline(stage: Stage) -> None:
    lent(stage)

    assert stage.rows(Deadline, Deadline.closed_at.is_(None)) == []


def test_case_follows_the_stage_of_its_newest_step(stage: Stage) -> None:
    case_id = checked(stage)
    during = stage.case(case_id).state

    stage.complete("hand_over_book", by=PERSONNEL)

    assert (during, stage.case(case_id).state) == ("OFFICE", "COMPLETED")
    assert stage.instance().status == ENDED
    assert stage.instance().ended_at == MONDAY


def test_end_event_names_the_final_state(stage: Stage) -> None:
    case_id = stage.start("reading_room", APPLICATION)

    stage.complete("check_application", REFUSED, by=ADMIN)

    assert stage.case(case_id).state == "REJECTED"


def test_parallel_join_waits_for_both_branches(stage: Stage) -> None:
    checked(stage)
    before = stage.instance().status

    stage.complete("hand_over_book", by=PERSONNEL)

    assert stage.notes().count("reserved") == 1
    assert (before, stage.instance().status) == ("active", ENDED)


def test_listener_runs_once_with_its_expressions(stage: Stage) -> None:
    case_id = lent(stage)

    about = [
        row.payload["text"]
        for row in stage.rows(Outbox, Outbox.kind == NOTE)
        if row.payload["about"] == "handed over"
    ]

    assert about == [stage.case(case_id).case_no]


def test_header_and_input_reach_the_operation(stage: Stage) -> None:
    checked(stage)

    [row] = [r for r in stage.rows(Outbox, Outbox.kind == NOTE) if r.payload["text"] == "reserved"]

    assert row.payload["about"] == "A P7D"


def test_history_keeps_the_clause_in_force_with_the_step(stage: Stage) -> None:
    checked(stage)

    [line] = stage.rows(
        ActivityEvent,
        ActivityEvent.element_id == "check_application",
        ActivityEvent.kind == "completed",
    )

    assert (line.legal_basis, line.clause) == ("RR-1", CLAUSE)
    assert (line.person_name, line.organisation) == (stage.actor(ADMIN).name, "DW-002")


def test_completion_sent_twice_with_a_key_answers_alike_and_happens_once(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id, actor = stage.task("check_application").id, stage.actor(ADMIN)

    first = stage.house.engine.complete(task_id, AGREED, actor=actor, key="once")
    second = stage.house.engine.complete(task_id, AGREED, actor=actor, key="once")

    assert (
        first
        == second
        == {
            "task_id": task_id,
            "business_key": stage.instance().business_key,
            "status": "completed",
        }
    )
    assert stage.count(TaskSubmission, IdempotencyKey) == (2, 1)
    assert stage.workshop.performed.count("reserved") == 1


def test_second_click_without_the_key_is_told_what_happened(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id, actor = stage.task("check_application").id, stage.actor(ADMIN)
    stage.house.engine.complete(task_id, AGREED, actor=actor, key="one")

    with pytest.raises(EngineError) as refused:
        stage.house.engine.complete(task_id, AGREED, actor=actor, key="two")

    assert refused.value.code == "engine.task_already_completed"


def test_key_of_another_command_is_not_answered_with_its_answer(stage: Stage) -> None:
    """A client that uses one key for two tasks must not believe that both are done."""
    stage.start("two_rooms")
    actor = stage.actor(ADMIN)
    engine = stage.house.engine
    engine.complete(stage.task("give_verdict").id, {"verdict": "可"}, actor=actor, key="k")

    with pytest.raises(EngineError) as refused:
        engine.complete(stage.task("sum_up").id, {}, actor=actor, key="k")

    assert refused.value.code == "engine.key_used"
    assert stage.open_tasks() == ["sum_up"]


def test_keys_of_two_people_do_not_meet(stage: Stage) -> None:
    checked(stage)
    task_id = stage.task("check_application").id
    stage.start("reading_room", APPLICATION)
    other = stage.task("check_application").id
    engine = stage.house.engine

    engine.complete(other, AGREED, actor=stage.actor(PERSONNEL), key="k")

    assert task_id != other
    stage.start("two_rooms")
    answer = engine.complete(
        stage.task("give_verdict").id, {"verdict": "可"}, actor=stage.actor(ADMIN), key="k"
    )
    assert answer["task_id"] == stage.task("give_verdict").id


def test_refused_command_may_be_sent_again_with_its_key(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id, actor = stage.task("check_application").id, stage.actor(ADMIN)
    with pytest.raises(FormInvalid):
        stage.house.engine.complete(task_id, {}, actor=actor, key="k")

    stage.house.engine.complete(task_id, AGREED, actor=actor, key="k")

    assert stage.open_tasks() == ["hand_over_book"]


def test_called_process_works_in_its_callers_stage(stage: Stage) -> None:
    case_id = stage.start("two_rooms")
    inside = (stage.open_tasks(), stage.case(case_id).state, stage.task("give_verdict").stage)

    stage.complete("give_verdict", {"verdict": "可"}, by=ADMIN)

    assert inside == (["give_verdict"], "DEPT", "DEPT")
    assert (stage.open_tasks(), stage.case(case_id).state) == (["sum_up"], "OFFICE")
    assert variables(stage)["side_verdict"] == "急可"
    assert "urgency" not in variables(stage)


def test_end_event_of_a_called_process_does_not_end_the_case(stage: Stage) -> None:
    case_id = stage.start("two_rooms")
    stage.complete("give_verdict", {"verdict": "可"}, by=ADMIN)

    stage.complete("sum_up", by=ADMIN)

    assert stage.case(case_id).state == "APPROVED"


def test_acting_time_is_the_legal_clocks(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    stage.wait(days=1, hours=2)

    stage.complete("check_application", AGREED, by=ADMIN)

    assert stage.task("check_application").completed_at == datetime(2026, 3, 3, 3, tzinfo=UTC)
