"""Assigning, delegating and giving back: who may, who has it, what is written and told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.audit.tables import AuditEntry
from app.domain.notifications.tables import Notification
from app.engine.tables import ActivityEvent
from app.errors import EngineError, NotAllowed
from tests.engine.acts import AGREED, APPLICATION
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, STRANGER, Stage

HEAD, OPERATOR = "R-UHEAD@DW-002", "R-ADM@PLATFORM"
WHY = "本人出差一周"


@pytest.fixture
def waiting(stage: Stage) -> Stage:
    """A house with a case that waits for its first check."""
    stage.start("reading_room", APPLICATION)
    return stage


def assign(stage: Stage, to: str | None, *, by: str, reason: str = "") -> None:
    """Give the first check to somebody."""
    account = None if to is None else stage.actor(to).account_id
    task_id = stage.task("check_application").id
    stage.house.engine.assign(task_id, account, actor=stage.actor(by), reason=reason)


def delegate(stage: Stage, to: str, *, by: str, note: str = "") -> None:
    """Delegate the first check."""
    account, task_id = stage.actor(to).account_id, stage.task("check_application").id
    stage.house.engine.delegate(task_id, account, actor=stage.actor(by), note=note)


def holder(stage: Stage) -> str | None:
    """Return who has the first check."""
    return stage.task("check_application").assignee_name


def kinds(stage: Stage) -> list[str]:
    """Return the kinds of what happened to the first check."""
    lines = stage.rows(ActivityEvent, ActivityEvent.element_id == "check_application")
    return [line.kind for line in lines]


def test_candidate_gives_a_free_task_to_another(waiting: Stage) -> None:
    assign(waiting, PERSONNEL, by=ADMIN)

    person = waiting.actor(PERSONNEL)
    assert holder(waiting) == person.name
    [told] = waiting.rows(Notification, Notification.template == "W01")
    assert (told.to_code, told.channel) == (person.account_id, "INBOX")
    assert kinds(waiting) == ["entered", "assigned"]
    waiting.complete("check_application", AGREED, by=PERSONNEL)


def test_head_of_the_organisation_assigns_with_a_reason(waiting: Stage) -> None:
    with pytest.raises(EngineError) as refused:
        assign(waiting, ADMIN, by=HEAD, reason="出差")
    assert refused.value.code == "engine.reason_missing"

    assign(waiting, ADMIN, by=HEAD, reason=WHY)

    assert holder(waiting) == waiting.actor(ADMIN).name
    line = waiting.rows(ActivityEvent, ActivityEvent.kind == "assigned")[0]
    assert line.reason == f"{waiting.actor(ADMIN).name}：{WHY}"
    assert line.person_name == waiting.actor(HEAD).name


def test_operator_takes_a_task_away_with_a_reason(waiting: Stage) -> None:
    task_id = waiting.task("check_application").id
    waiting.house.engine.claim(task_id, actor=waiting.actor(ADMIN))

    assign(waiting, None, by=OPERATOR, reason=WHY)

    assert holder(waiting) is None
    [entry] = waiting.rows(AuditEntry, AuditEntry.action == "assign")
    assert (entry.object_id, entry.reason, entry.outcome) == (task_id, WHY, "ok")


def test_candidate_takes_nothing_from_another(waiting: Stage) -> None:
    task_id = waiting.task("check_application").id
    waiting.house.engine.claim(task_id, actor=waiting.actor(ADMIN))
    second = replace(waiting.actor(PERSONNEL), groups=frozenset({ADMIN}))

    with pytest.raises(EngineError) as refused:
        waiting.house.engine.assign(task_id, second.account_id, actor=second, reason=WHY)

    assert refused.value.code == "engine.assign_not_allowed"
    assert holder(waiting) == waiting.actor(ADMIN).name


def test_task_goes_to_candidates_alone(waiting: Stage) -> None:
    for stranger in (STRANGER, APPLICANT, HEAD):
        with pytest.raises(EngineError) as refused:
            assign(waiting, stranger, by=ADMIN)
        assert refused.value.code == "engine.not_a_candidate"


@pytest.mark.parametrize("who", [STRANGER, APPLICANT])
def test_who_may_not_assign_learns_nothing(waiting: Stage, who: str) -> None:
    with pytest.raises(NotAllowed):
        assign(waiting, ADMIN, by=who, reason=WHY)


def test_applicants_own_step_is_nobodys_to_assign(stage: Stage) -> None:
    stage.start("travel_desk", {"note": "开会"})
    task_id = stage.task("write_request").id

    with pytest.raises(NotAllowed):
        stage.house.engine.assign(task_id, None, actor=stage.actor(OPERATOR), reason=WHY)


def test_nobody_is_given_what_he_may_not_do(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    stage.complete("check_application", AGREED, by=ADMIN)
    task_id, account = stage.task("hand_over_book").id, stage.actor(ADMIN).account_id

    with pytest.raises(EngineError) as refused:
        stage.house.engine.assign(task_id, account, actor=stage.actor(PERSONNEL))

    assert refused.value.code == "engine.same_person"


def test_delegated_task_comes_back_with_what_was_filled_in(waiting: Stage) -> None:
    delegate(waiting, HEAD, by=ADMIN, note="请核对书号")
    engine, task_id = waiting.house.engine, waiting.task("check_application").id

    task = waiting.task("check_application")
    assert (task.assignee_name, task.owner_name) == (
        waiting.actor(HEAD).name,
        waiting.actor(ADMIN).name,
    )
    with pytest.raises(EngineError) as refused:
        engine.complete(task_id, AGREED, actor=waiting.actor(HEAD))
    assert refused.value.code == "engine.task_delegated"
    with pytest.raises(EngineError):
        engine.complete(task_id, AGREED, actor=waiting.actor(ADMIN))

    engine.give_back(task_id, {"opinion": "书号无误"}, actor=waiting.actor(HEAD))

    task = waiting.task("check_application")
    assert (task.assignee_name, task.delegation) == (waiting.actor(ADMIN).name, "resolved")
    assert task.draft == {"opinion": "书号无误"}
    engine.complete(task_id, AGREED, actor=waiting.actor(ADMIN))
    lines = waiting.rows(ActivityEvent, ActivityEvent.element_id == "check_application")
    assert [line.kind for line in lines] == ["entered", "delegated", "given_back", "completed"]
    assert lines[2].on_behalf_of == waiting.actor(ADMIN).name
    assert lines[2].person_name == waiting.actor(HEAD).name


def test_colleague_and_owner_are_told(waiting: Stage) -> None:
    delegate(waiting, PERSONNEL, by=ADMIN, note="请核对书号")
    task_id = waiting.task("check_application").id
    waiting.house.engine.give_back(task_id, {}, actor=waiting.actor(PERSONNEL))

    told = waiting.rows(Notification, Notification.template.in_(["W02", "W03"]))
    assert [(row.template, row.to_code) for row in told] == [
        ("W02", waiting.actor(PERSONNEL).account_id),
        ("W03", waiting.actor(ADMIN).account_id),
    ]
    assert "请核对书号" in told[0].text


def test_owner_fetches_a_delegated_task(waiting: Stage) -> None:
    delegate(waiting, PERSONNEL, by=ADMIN)
    task_id = waiting.task("check_application").id

    waiting.house.engine.give_back(task_id, {"opinion": "不算数"}, actor=waiting.actor(ADMIN))

    assert holder(waiting) == waiting.actor(ADMIN).name
    assert waiting.task("check_application").draft is None
    assert kinds(waiting)[-1] == "fetched"


def test_only_a_delegated_task_is_given_back(waiting: Stage) -> None:
    task_id = waiting.task("check_application").id
    waiting.house.engine.claim(task_id, actor=waiting.actor(ADMIN))

    with pytest.raises(EngineError) as refused:
        waiting.house.engine.give_back(task_id, {}, actor=waiting.actor(ADMIN))

    assert refused.value.code == "engine.task_not_delegated"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (STRANGER, "engine.not_a_candidate"),
        (APPLICANT, "engine.not_a_candidate"),
        (ADMIN, "engine.delegate_to_oneself"),
    ],
)
def test_task_is_delegated_to_colleagues_alone(waiting: Stage, to: str, code: str) -> None:
    with pytest.raises(EngineError) as refused:
        delegate(waiting, to, by=ADMIN)

    assert refused.value.code == code


def test_colleague_passes_nothing_on(waiting: Stage) -> None:
    delegate(waiting, PERSONNEL, by=ADMIN)

    with pytest.raises(EngineError) as again:
        delegate(waiting, HEAD, by=PERSONNEL)
    task_id = waiting.task("check_application").id
    with pytest.raises(EngineError) as released:
        waiting.house.engine.release(task_id, actor=waiting.actor(PERSONNEL))

    assert {again.value.code, released.value.code} == {"engine.task_delegated"}
