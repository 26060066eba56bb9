"""Several at once: one wins, the others get a clean answer, and everything happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.domain.audit import verify_chain
from app.engine.history import broken_at
from app.engine.tables import OPEN, ProcessInstance, TaskSubmission, UserTask
from app.errors import AppError
from tests.engine.acts import AGREED, APPLICATION, WORKER, claimed
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, Stage

SENT_BACK = {"outcome": "RETURN", "return_to": "write_request", "opinion": "请写明具体地点"}
SIGNED = {"outcome": "AGREE", "opinion": "同意出差"}


def signing(stage: Stage) -> str:
    """Bring a trip to its signing, with a timer running on the branch beside; return the task."""
    stage.start("travel_desk", {"note": "开会"})
    stage.complete("write_request", {"place": "桂林"}, by=APPLICANT)
    stage.complete("check_budget", SIGNED, by=ADMIN)
    return stage.task("sign_off").id


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Do all acts in threads that begin together; return answers, or the errors of the house."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except AppError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def codes(answers: list[Any]) -> list[str]:
    """Return the codes of the errors among answers."""
    return sorted(answer.code for answer in answers if isinstance(answer, AppError))


def test_of_four_completions_exactly_one_wins(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id = stage.task("check_application").id
    actors = [stage.actor(ADMIN), stage.actor(PERSONNEL)] * 2

    answers = at_once(
        [lambda a=a: stage.house.engine.complete(task_id, AGREED, actor=a) for a in actors]
    )

    assert codes(answers) == ["engine.task_already_completed"] * 3
    assert stage.rows(TaskSubmission, TaskSubmission.element_id == "check_application")[1:] == []
    assert stage.notes() == ["reserved"]
    winner = stage.task("check_application").assignee_name
    assert {a.fields["name"] for a in answers if isinstance(a, AppError)} == {winner}


def test_same_key_at_once_is_answered_alike(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id, actor = stage.task("check_application").id, stage.actor(ADMIN)

    answers = at_once(
        [lambda: stage.house.engine.complete(task_id, AGREED, actor=actor, key="k")] * 4
    )

    assert answers == [answers[0]] * 4
    assert stage.count(TaskSubmission) == (2,)


def test_double_click_on_submit_starts_one_case(stage: Stage) -> None:
    stage.publish("reading_room")
    case_id, actor = stage.draft("reading_room"), stage.actor(APPLICANT)

    answers = at_once(
        [lambda: stage.house.engine.start(case_id, APPLICATION, actor=actor, key="k")] * 4
    )

    assert answers == [answers[0]] * 4
    assert stage.count(ProcessInstance) == (1,)


def test_numbers_of_cases_started_at_once_have_no_gap(stage: Stage) -> None:
    stage.publish("round_table")
    actor = stage.actor(APPLICANT)
    drafts = [stage.draft("round_table") for _ in range(8)]

    answers = at_once(
        [lambda d=d: stage.house.engine.start(d, {"note": "开始"}, actor=actor) for d in drafts]
    )

    numbers = sorted(answer["business_key"][-5:] for answer in answers)
    assert numbers == [f"{n:05d}" for n in range(1, 9)]


def test_of_two_claims_one_wins(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id = stage.task("check_application").id
    actors = [stage.actor(ADMIN), stage.actor(PERSONNEL)]

    answers = at_once([lambda a=a: stage.house.engine.claim(task_id, actor=a) for a in actors])

    assert codes(answers) == ["engine.task_claimed"]


def test_person_and_timer_at_once_leave_one_outcome(stage: Stage) -> None:
    """The overdue timer wins always: whoever comes first fires it."""
    stage.start("slow_letter")
    task_id, actor, engine = stage.task("answer_letter").id, stage.actor(ADMIN), stage.house.engine
    stage.wait(days=8)

    answers = at_once([lambda: engine.complete(task_id, {}, actor=actor), engine.fire_all_due])

    assert codes(answers) == ["engine.task_cancelled"]
    assert stage.instance().status == "active"
    assert stage.timers().keys() == {"cooling_off"}


def test_of_two_who_send_a_case_back_at_once_one_wins(stage: Stage) -> None:
    task_id = signing(stage)
    engine, actors = stage.house.engine, [stage.actor(ADMIN), stage.actor(PERSONNEL)] * 2

    answers = at_once([lambda a=a: engine.complete(task_id, SENT_BACK, actor=a) for a in actors])

    assert codes(answers) == ["engine.task_already_completed"] * 3
    assert stage.open_tasks() == ["write_request"]
    assert stage.rows(TaskSubmission, TaskSubmission.element_id == "sign_off")[1:] == []


def test_return_and_completion_at_once_leave_one_outcome(stage: Stage) -> None:
    task_id = signing(stage)
    engine, first, second = stage.house.engine, stage.actor(ADMIN), stage.actor(PERSONNEL)

    answers = at_once(
        [
            lambda: engine.complete(task_id, SENT_BACK, actor=first),
            lambda: engine.complete(task_id, SIGNED, actor=second),
        ]
    )

    assert codes(answers) == ["engine.task_already_completed"]
    went_back = stage.rows(UserTask, UserTask.id == task_id)[0].outcome == "RETURN"
    assert stage.open_tasks() == (["write_request"] if went_back else ["book_hotel"])


def test_return_and_a_due_timer_at_once_leave_nothing_behind(stage: Stage) -> None:
    """The timer is on a branch that the return takes back: due first, it fires first."""
    task_id = signing(stage)
    stage.wait(days=2)
    engine, actor = stage.house.engine, stage.actor(ADMIN)

    at_once([lambda: engine.complete(task_id, SENT_BACK, actor=actor), engine.fire_all_due])

    assert (stage.open_tasks(), stage.timers()) == (["write_request"], {})
    assert stage.incidents() == []


def test_return_and_the_other_branch_at_once_leave_the_target_alone(stage: Stage) -> None:
    task_id = signing(stage)
    other, actor, engine = stage.task("book_hotel").id, stage.actor(ADMIN), stage.house.engine

    at_once(
        [
            lambda: engine.complete(task_id, SENT_BACK, actor=actor),
            lambda: engine.complete(other, {"note": "已订"}, actor=actor),
        ]
    )

    assert stage.open_tasks() == ["write_request"]
    assert len(stage.rows(UserTask, UserTask.element_id == "write_request")) == 2


def test_cancelling_and_completing_at_once_end_the_case(stage: Stage) -> None:
    task_id = signing(stage)
    engine, actor, operator = stage.house.engine, stage.actor(ADMIN), stage.actor("R-ADM@PLATFORM")
    instance_id = stage.instance().id

    at_once(
        [
            lambda: engine.complete(task_id, SIGNED, actor=actor),
            lambda: engine.cancel(instance_id, reason="重复提交的申请", actor=operator),
        ]
    )

    assert (stage.open_tasks(), stage.instance().status) == ([], "ended")


def test_of_two_who_assign_at_once_the_later_sees_the_first(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id, engine = stage.task("check_application").id, stage.house.engine
    first, second = stage.actor(ADMIN), stage.actor(PERSONNEL)

    answers = at_once(
        [
            lambda: engine.assign(task_id, first.account_id, actor=first),
            lambda: engine.claim(task_id, actor=second),
        ]
    )

    assert len(codes(answers)) == 1
    assert stage.task("check_application").assignee in (first.account_id, second.account_id)


def test_branches_completed_at_once_join_once(stage: Stage) -> None:
    stage.workshop.desk["groups"] = ADMIN
    case_id = stage.start("odd_desk")
    stage.wait(hours=2)
    stage.house.engine.fire_all_due()
    tasks = [stage.task(name).id for name in ("serve_caller", "sweep_hall")]
    actor = stage.actor(ADMIN)

    at_once([lambda t=t: stage.house.engine.complete(t, {}, actor=actor) for t in tasks])

    assert stage.case(case_id).state == "COMPLETED"
    assert stage.rows(UserTask, UserTask.status == OPEN) == []


def test_worker_reporting_twice_at_once_is_recorded_once(stage: Stage) -> None:
    stage.start("print_shop")
    outbox_id, recorded = claimed(stage), []

    def record(session: Any) -> dict[str, Any]:
        recorded.append(1)
        return {"sheets": 3}

    answers = at_once(
        [lambda: stage.house.engine.finish(outbox_id, owner=WORKER, record=record)] * 3
    )

    assert (codes(answers), recorded) == (["engine.lease_lost"] * 2, [1])
    assert stage.open_tasks() == ["collect_pages"]


@pytest.mark.parametrize("threads", [6])
def test_chains_are_whole_after_a_crowd(stage: Stage, threads: int) -> None:
    stage.publish("round_table")
    actor, engine = stage.actor(ADMIN), stage.house.engine
    stage.start("round_table")

    def speak() -> None:
        for _ in range(4):
            open_now = stage.rows(UserTask, UserTask.status == OPEN)
            engine.complete(open_now[0].id, {"again": "YES"}, actor=actor)

    at_once([speak] * threads)

    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None
        assert verify_chain(session) == []
