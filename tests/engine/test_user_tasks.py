"""Whose task it is: claiming, releasing, drafts, and every way in which a door is shut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.audit.tables import AuditEntry
from app.engine.tables import CANCELLED, OPEN, TaskSubmission
from app.errors import AppError, EngineError, NotAllowed, Refused
from tests.engine.acts import AGREED, APPLICATION, REFUSED, checked, finish_printing, lent
from tests.engine.houses import ADMIN, APPLICANT, MONDAY, PERSONNEL, STRANGER, Stage


@pytest.fixture
def waiting(stage: Stage) -> Stage:
    """A house with a case that waits for its first check."""
    stage.start("reading_room", APPLICATION)
    return stage


def refusal(stage: Stage, element: str, by: str, values: object = None) -> AppError:
    """Return why a completion was refused, and prove that it handed nothing in."""
    before = stage.count(TaskSubmission)
    with pytest.raises(AppError) as refused:
        stage.complete(element, values, by=by)
    assert stage.count(TaskSubmission) == before
    return refused.value


def test_claim_makes_the_actor_the_assignee(waiting: Stage) -> None:
    task, actor = waiting.task("check_application"), waiting.actor(ADMIN)

    waiting.house.engine.claim(task.id, actor=actor)

    claimed = waiting.task("check_application")
    assert (claimed.assignee, claimed.assignee_name) == (actor.account_id, actor.name)
    assert claimed.claimed_at == MONDAY


def test_claiming_twice_changes_nothing(waiting: Stage) -> None:
    task, actor = waiting.task("check_application"), waiting.actor(ADMIN)
    waiting.house.engine.claim(task.id, actor=actor)
    waiting.wait(hours=1)

    waiting.house.engine.claim(task.id, actor=actor)

    assert waiting.task("check_application").claimed_at == MONDAY


def test_claimed_task_is_shut_to_the_others_of_its_groups(waiting: Stage) -> None:
    task, engine = waiting.task("check_application"), waiting.house.engine
    first, second = waiting.actor(ADMIN), waiting.actor(PERSONNEL)
    engine.claim(task.id, actor=first)

    for act in (
        lambda: engine.claim(task.id, actor=second),
        lambda: engine.complete(task.id, AGREED, actor=second),
        lambda: engine.save_task_draft(task.id, {}, actor=second),
    ):
        with pytest.raises(EngineError) as refused:
            act()
        assert refused.value.code == "engine.task_claimed"
        assert refused.value.fields == {"name": first.name, "at": MONDAY}


def test_released_task_goes_back_to_its_groups_with_its_draft(waiting: Stage) -> None:
    task, engine = waiting.task("check_application"), waiting.house.engine
    first = waiting.actor(ADMIN)
    engine.claim(task.id, actor=first)
    engine.save_task_draft(task.id, {"opinion": "写了一半"}, actor=first)

    engine.release(task.id, actor=first)
    engine.claim(task.id, actor=waiting.actor(PERSONNEL))

    found = waiting.task("check_application")
    assert found.assignee == waiting.actor(PERSONNEL).account_id
    assert found.draft == {"opinion": "写了一半"}


def test_only_the_assignee_releases(waiting: Stage) -> None:
    task, engine = waiting.task("check_application"), waiting.house.engine
    engine.claim(task.id, actor=waiting.actor(ADMIN))

    with pytest.raises(EngineError) as refused:
        engine.release(task.id, actor=waiting.actor(PERSONNEL))

    assert refused.value.code == "engine.task_not_yours"


def test_draft_is_encrypted_and_gone_once_done(waiting: Stage) -> None:
    task, actor = waiting.task("check_application"), waiting.actor(ADMIN)
    waiting.house.engine.save_task_draft(task.id, AGREED, actor=actor)
    kept = waiting.task("check_application")

    waiting.complete("check_application", AGREED, by=ADMIN)

    assert kept.draft == AGREED
    assert AGREED["seen_number"].encode() not in kept.draft_enc
    assert waiting.task("check_application").draft is None


@pytest.mark.parametrize("verb", ["claim", "release", "complete", "save_task_draft"])
def test_foreign_and_unknown_tasks_answer_alike(waiting: Stage, verb: str) -> None:
    stranger = waiting.actor(STRANGER)
    task, act = waiting.task("check_application"), getattr(waiting.house.engine, verb)
    values = () if verb in ("claim", "release") else ({},)

    with pytest.raises(NotAllowed) as foreign:
        act(task.id, *values, actor=stranger)
    with pytest.raises(NotAllowed) as unknown:
        act("0" * 32, *values, actor=stranger)

    assert str(foreign.value) == str(unknown.value) == "engine.task_not_allowed"


def test_refused_act_leaves_an_audit_entry_with_who_and_why(waiting: Stage) -> None:
    stranger, task = waiting.actor(STRANGER), waiting.task("check_application")

    refusal(waiting, "check_application", STRANGER, AGREED)

    [entry] = waiting.rows(AuditEntry, AuditEntry.outcome == "refused")
    assert (entry.actor, entry.action, entry.object_id, entry.reason) == (
        stranger.account_id,
        "complete",
        task.id,
        "engine.task_not_allowed",
    )


def test_finished_task_names_who_did_it(waiting: Stage) -> None:
    waiting.complete("check_application", REFUSED, by=ADMIN)

    refused = refusal(waiting, "check_application", PERSONNEL, AGREED)

    assert refused.code == "engine.task_already_completed"
    assert refused.fields == {"name": waiting.actor(ADMIN).name, "at": MONDAY}


def test_task_of_an_ended_case_stays_shut_to_strangers(waiting: Stage) -> None:
    waiting.complete("check_application", REFUSED, by=ADMIN)

    assert refusal(waiting, "check_application", STRANGER).code == "engine.task_not_allowed"


def test_cancelled_task_says_so(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.wait(days=8)
    stage.house.engine.fire_all_due()

    refused = refusal(stage, "answer_letter", ADMIN)

    assert stage.task("answer_letter").status == CANCELLED
    assert (refused.code, refused.fields) == ("engine.task_cancelled", {"name": "回信"})


def test_nobody_reviews_his_own_case(waiting: Stage) -> None:
    both = replace(waiting.actor(APPLICANT), groups=frozenset({f"R-PERS@{APPLICANT}", ADMIN}))
    task, engine = waiting.task("check_application"), waiting.house.engine

    for act in (
        lambda: engine.claim(task.id, actor=both),
        lambda: engine.complete(task.id, AGREED, actor=both),
    ):
        with pytest.raises(EngineError) as refused:
            act()
        assert refused.value.code == "engine.own_case"


def test_applicant_does_the_steps_that_are_his_own(stage: Stage) -> None:
    stage.start("print_shop")
    finish_printing(stage)

    stage.complete("collect_pages", by=APPLICANT)

    assert stage.open_tasks() == []


def test_two_steps_need_two_people(stage: Stage) -> None:
    checked(stage, by=ADMIN)

    refused = refusal(stage, "hand_over_book", ADMIN)
    with pytest.raises(EngineError):
        stage.house.engine.claim(stage.task("hand_over_book").id, actor=stage.actor(ADMIN))
    stage.complete("hand_over_book", by=PERSONNEL)

    assert (refused.code, refused.fields) == ("engine.same_person", {"other": "核对申请"})
    assert stage.open_tasks() == []


def test_guard_of_a_task_refuses_with_all_its_messages(stage: Stage) -> None:
    checked(stage)
    stage.workshop.room["shelf_open"] = False

    refused = refusal(stage, "hand_over_book", PERSONNEL)

    assert isinstance(refused, Refused)
    assert refused.messages == ["书架正在盘点", "请等盘点结束"]
    assert stage.task("hand_over_book").status == OPEN


def test_door_that_a_rule_shuts_says_why_before_it_is_reached(waiting: Stage) -> None:
    waiting.workshop.room["shelf_open"] = False
    [case_id] = [waiting.instance().case_id]

    with pytest.raises(Refused) as refused:
        waiting.house.engine.complete_element(
            case_id, "hand_over_book", {}, actor=waiting.actor(PERSONNEL)
        )

    assert refused.value.messages == ["书架正在盘点", "请等盘点结束"]


def test_step_not_yet_reached_says_so(waiting: Stage) -> None:
    case_id = waiting.instance().case_id

    with pytest.raises(EngineError) as refused:
        waiting.house.engine.complete_element(
            case_id, "hand_over_book", {}, actor=waiting.actor(PERSONNEL)
        )

    assert refused.value.code == "engine.task_not_reached"
    assert refused.value.fields == {"name": "交付图书"}


@pytest.mark.parametrize("element", ["lent", "is_agreed", "no_such_step"])
def test_what_is_no_step_answers_like_a_foreign_case(waiting: Stage, element: str) -> None:
    case_id = waiting.instance().case_id

    with pytest.raises(NotAllowed) as refused:
        waiting.house.engine.complete_element(case_id, element, {}, actor=waiting.actor(ADMIN))

    assert refused.value.code == "engine.case_not_allowed"


@pytest.mark.parametrize("element", ["check_application", "hand_over_book", "no_such_step"])
def test_strangers_learn_nothing_from_a_case(waiting: Stage, element: str) -> None:
    waiting.workshop.room["shelf_open"] = False
    case_id, stranger = waiting.instance().case_id, waiting.actor(STRANGER)

    with pytest.raises(NotAllowed) as foreign:
        waiting.house.engine.complete_element(case_id, element, {}, actor=stranger)
    with pytest.raises(NotAllowed) as unknown:
        waiting.house.engine.complete_element("0" * 32, element, {}, actor=stranger)

    assert str(foreign.value) == str(unknown.value)


def test_element_is_completed_by_its_name(waiting: Stage) -> None:
    case_id = waiting.instance().case_id

    waiting.house.engine.complete_element(
        case_id, "check_application", AGREED, actor=waiting.actor(ADMIN)
    )

    assert waiting.open_tasks() == ["hand_over_book"]


def test_step_that_an_overdue_timer_opens_is_open(stage: Stage) -> None:
    case_id = stage.start("slow_letter")
    stage.wait(days=20)

    stage.house.engine.complete_element(
        case_id, "close_letter", {"note": "归档"}, actor=stage.actor(ADMIN)
    )

    assert stage.case(case_id).state == "COMPLETED"


def test_done_step_is_shut_by_name_too(stage: Stage) -> None:
    case_id = lent(stage)

    with pytest.raises(EngineError) as refused:
        stage.house.engine.complete_element(
            case_id, "hand_over_book", {}, actor=stage.actor(PERSONNEL)
        )

    assert refused.value.code == "engine.task_already_completed"
