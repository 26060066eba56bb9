"""退回 as people notice it: the draft, the deadline, the stage, the history, the notices."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.calendar import Deadline
from app.domain.notifications.tables import Notification
from app.engine.history import broken_at
from app.engine.looking import task_situation
from app.engine.tables import (
    CANCELLED,
    COMPLETED,
    OPEN,
    ActivityEvent,
    TaskSubmission,
    UserTask,
)
from app.errors import AppError, EngineError
from app.forms import FormInvalid
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, Stage

AGREED = {"outcome": "AGREE", "opinion": "同意出差"}
WHY = "请写明具体地点"


def returned(target: str, why: str = WHY) -> dict[str, Any]:
    """What somebody hands in to send a case back."""
    return {"outcome": "RETURN", "return_to": target, "opinion": why}


@pytest.fixture
def signing(stage: Stage) -> Stage:
    """A trip that has been checked and waits to be signed, with a hotel to be booked beside."""
    stage.publish("travel_desk")
    case_id = stage.start("travel_desk", {"note": "开会"})
    assert stage.case(case_id).case_no
    stage.complete("write_request", {"place": "桂林"}, by=APPLICANT)
    stage.complete("check_budget", AGREED, by=ADMIN)
    return stage


def targets(stage: Stage, element: str, by: str) -> list[str]:
    """Return where the form of a task offers to send the case."""
    now, actor, task_id = stage.clock.now(), stage.actor(by), stage.task(element).id
    with stage.house.unit_of_work() as session:
        task = session.get_one(UserTask, task_id)
        here = task_situation(session, stage.house.tools, task, now, actor)
        return [option["value"] for option in here.value("return_targets")]


def refusal(stage: Stage, element: str, values: dict[str, Any], by: str = ADMIN) -> AppError:
    """Return why a return was refused, and prove that nothing was handed in."""
    before = stage.count(TaskSubmission)
    with pytest.raises(AppError) as refused:
        stage.complete(element, values, by=by)
    assert stage.count(TaskSubmission) == before
    return refused.value


def test_form_offers_what_was_done_before_across_calls_and_branches(signing: Stage) -> None:
    assert targets(signing, "sign_off", ADMIN) == ["write_request", "check_budget"]
    assert targets(signing, "book_hotel", ADMIN) == []


def test_returned_case_is_opened_again_with_its_draft(signing: Stage) -> None:
    case_id = signing.instance().case_id

    signing.complete("sign_off", returned("write_request"), by=ADMIN)

    task = signing.task("write_request")
    assert signing.open_tasks() == ["write_request"]
    assert (task.status, task.draft, task.assignee) == (OPEN, {"place": "桂林"}, None)
    assert task.sent_back_by == signing.task("sign_off").id
    assert signing.case(case_id).state == "RETURNED"
    assert signing.task("book_hotel").status == CANCELLED
    assert signing.timers() == {}


def test_returned_case_runs_forward_through_every_level(signing: Stage) -> None:
    case_id = signing.instance().case_id
    signing.complete("sign_off", returned("write_request"), by=ADMIN)

    signing.complete("write_request", {"place": "桂林市七星区"}, by=APPLICANT)
    assert signing.open_tasks() == ["check_budget"]
    assert signing.case(case_id).state == "UNIT"
    signing.complete("check_budget", AGREED, by=ADMIN)
    assert signing.open_tasks() == ["book_hotel", "sign_off"]
    signing.complete("book_hotel", {"note": "已订"}, by=ADMIN)
    signing.complete("sign_off", AGREED, by=ADMIN)
    signing.complete("archive_trip", AGREED, by=PERSONNEL)
    assert signing.case(case_id).state == "COMPLETED"


def test_return_into_a_call_that_has_ended(signing: Stage) -> None:
    signing.complete("sign_off", returned("check_budget"), by=ADMIN)

    task = signing.task("check_budget")
    assert signing.open_tasks() == ["check_budget"]
    assert task.draft == AGREED
    assert signing.case(task.case_id).state == "UNIT"
    signing.complete("check_budget", AGREED, by=ADMIN)
    assert signing.open_tasks() == ["book_hotel", "sign_off"]


def test_return_out_of_a_running_call(stage: Stage) -> None:
    stage.start("travel_desk", {"note": "开会"})
    stage.complete("write_request", {"place": "桂林"}, by=APPLICANT)

    stage.complete("check_budget", returned("write_request"), by=ADMIN)

    assert stage.open_tasks() == ["write_request"]
    stage.complete("write_request", {"place": "柳州"}, by=APPLICANT)
    assert stage.open_tasks() == ["check_budget"]


def test_draft_is_what_was_handed_in_last_going_forward(signing: Stage) -> None:
    """Somebody who returned a case and gets it back starts from what he once agreed to."""
    signing.complete("sign_off", returned("check_budget"), by=ADMIN)
    signing.complete("check_budget", returned("write_request"), by=ADMIN)
    signing.complete("write_request", {"place": "阳朔"}, by=APPLICANT)

    assert signing.task("check_budget").draft is None
    signing.complete("check_budget", AGREED, by=ADMIN)
    signing.complete("sign_off", returned("check_budget"), by=ADMIN)
    assert signing.task("check_budget").draft == AGREED


def test_reopened_task_has_a_deadline_of_its_own_and_shared_periods_go_on(signing: Stage) -> None:
    first = signing.task("write_request").due_at
    period = signing.task("sign_off").deadline_id
    signing.wait(days=3)

    signing.complete("sign_off", returned("check_budget"), by=ADMIN)
    shared = signing.task("check_budget")
    signing.complete("check_budget", returned("write_request"), by=ADMIN)

    assert shared.deadline_id == period
    assert signing.task("write_request").due_at > first
    open_rows = signing.rows(Deadline, Deadline.closed_at.is_(None))
    [kind] = [row.kind for row in open_rows]
    assert kind.startswith("task:write_request:")


def test_history_says_who_returned_it_and_why(signing: Stage) -> None:
    signing.complete("sign_off", returned("write_request"), by=ADMIN)

    [line] = signing.rows(ActivityEvent, ActivityEvent.kind == "returned")
    actor = signing.actor(ADMIN)
    assert (line.element_id, line.person_name, line.reason) == ("sign_off", actor.name, WHY)
    assert line.organisation == actor.organisation
    assert WHY.encode() not in (line.reason_enc or b"")
    with signing.house.unit_of_work() as session:
        assert broken_at(session, signing.instance().id) is None


def test_applicant_and_those_who_get_it_are_told(signing: Stage) -> None:
    signing.complete("sign_off", returned("check_budget"), by=ADMIN)

    rows = signing.rows(Notification, Notification.template == "N04")
    to = {(row.to_code, row.channel) for row in rows}
    assert to == {
        (APPLICANT, "INBOX"),
        (APPLICANT, "SMS"),
        (ADMIN, "INBOX"),
        (PERSONNEL, "INBOX"),
    }
    assert all(WHY in row.text for row in rows if row.channel == "INBOX")
    assert all(WHY not in row.text for row in rows if row.channel == "SMS")


def test_return_needs_a_reason(signing: Stage) -> None:
    refused = refusal(signing, "sign_off", returned("write_request", "不行"))

    assert (refused.code, refused.fields) == ("engine.return_no_reason", {"least": 5})


def test_only_what_is_offered_is_gone_back_to(signing: Stage) -> None:
    with pytest.raises(FormInvalid) as refused:
        signing.complete("sign_off", returned("book_hotel"), by=ADMIN)
    assert set(refused.value.errors) == {"return_to"}


def test_without_a_choice_the_case_goes_to_the_first_that_is_named(signing: Stage) -> None:
    signing.complete("sign_off", {"outcome": "RETURN", "opinion": WHY}, by=ADMIN)

    assert signing.open_tasks() == ["write_request"]


def test_one_branch_of_a_finished_fork_is_not_offered(signing: Stage) -> None:
    signing.complete("book_hotel", {"note": "已订"}, by=ADMIN)
    signing.complete("sign_off", AGREED, by=ADMIN)

    assert targets(signing, "archive_trip", PERSONNEL) == ["check_budget", "write_request"]


def test_return_is_an_act_like_any_other(signing: Stage) -> None:
    signing.complete("book_hotel", {"note": "已订"}, by=ADMIN)
    signing.complete("sign_off", AGREED, by=ADMIN)

    refused = refusal(signing, "archive_trip", returned("write_request"), by=ADMIN)

    assert refused.code == "engine.same_person"


def test_returned_task_is_shut(signing: Stage) -> None:
    task_id = signing.task("sign_off").id
    signing.complete("sign_off", returned("write_request"), by=ADMIN)

    with pytest.raises(EngineError) as refused:
        signing.house.engine.complete(task_id, AGREED, actor=signing.actor(PERSONNEL))

    assert refused.value.code == "engine.task_already_completed"
    row = signing.rows(UserTask, UserTask.id == task_id)[0]
    assert (row.status, row.outcome) == (COMPLETED, "RETURN")


def test_return_that_fails_keeps_the_submission_and_is_retried(signing: Stage) -> None:
    with signing.house.unit_of_work() as session:
        instance = session.get_one(type(signing.instance()), signing.instance().id)
        instance.state = instance.state.replace('"applicant":"P001"', '"applicant":null')

    signing.complete("sign_off", returned("write_request"), by=ADMIN)

    [incident] = signing.incidents()
    assert incident.element_id == "write_request"
    with signing.house.unit_of_work() as session:
        instance = session.get_one(type(signing.instance()), signing.instance().id)
        instance.state = instance.state.replace('"applicant":null', '"applicant":"P001"')
    signing.house.engine.retry(incident.id, actor=signing.actor(ADMIN))
    assert signing.open_tasks() == ["write_request"]
    assert signing.task("write_request").draft == {"place": "桂林"}
