"""加签: opinions before a task is completed and agreement after it, by people who were asked."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.notifications.tables import Notification
from app.engine.history import broken_at
from app.engine.signing.signers import to_sign
from app.engine.signing.tables import AFTER, BEFORE, TaskSigner
from app.engine.tables import ActivityEvent, TaskSubmission, UserTask
from app.errors import AppError, EngineError, NotAllowed
from app.forms import FormInvalid
from tests.engine.acts import AGREED, APPLICATION, checked
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, STRANGER, Stage
from tests.engine.test_races import SENT_BACK, SIGNED, at_once, codes, signing

STEP = "check_application"
OPERATOR = "platform.admin1"
WHY = "请核对编制情况"
YES = {"outcome": "AGREE", "opinion": "情况属实", "signature": True}
NO = {"outcome": "REJECT", "opinion": "编制情况与登记不符", "signature": True}


def waiting(stage: Stage, step: str = STEP) -> str:
    """Start a lending case, claim its first task and return the task."""
    stage.start("reading_room", APPLICATION)
    task_id = stage.task(step).id
    stage.house.engine.claim(task_id, actor=stage.actor(ADMIN))
    return task_id


def add(
    stage: Stage, task_id: str, *, who: str = PERSONNEL, position: str = BEFORE, by: str = ADMIN
) -> str:
    """Ask somebody to sign."""
    answer = stage.house.engine.add_signer(
        task_id,
        stage.actor(who).account_id,
        position=position,
        question=WHY,
        actor=stage.actor(by),
    )
    return str(answer["signer_id"])


def sign(stage: Stage, task_id: str, values: Any = None, *, by: str = PERSONNEL) -> Any:
    """Sign a task."""
    return stage.house.engine.sign_task(task_id, values or YES, actor=stage.actor(by))


def refused(act: Any) -> str:
    """Return the code with which an act is refused."""
    with pytest.raises(AppError) as error:
        act()
    return error.value.code


def asks(stage: Stage, who: str) -> list[str]:
    """Return the elements that wait for somebody's signature."""
    return [row.element_id for row in stage.rows(UserTask, to_sign(stage.actor(who)))]


def test_task_waits_for_the_opinion_that_was_asked_beforehand(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id)
    assert asks(stage, PERSONNEL) == [STEP]
    code = refused(lambda: stage.complete(STEP, AGREED, by=ADMIN))
    assert code == "refused"
    assert stage.rows(TaskSubmission, TaskSubmission.element_id == STEP) == []

    sign(stage, task_id, NO)
    stage.complete(STEP, AGREED, by=ADMIN)

    [row] = stage.rows(TaskSigner)
    assert (row.decision, row.opinion["opinion"]) == ("REJECT", NO["opinion"])
    assert asks(stage, PERSONNEL) == []
    assert stage.notes() == ["reserved"]


def test_all_who_were_asked_are_waited_for_whoever_signs_first(stage: Stage) -> None:
    task_id = waiting(stage)
    others = [PERSONNEL, "R-UHEAD@DW-002"]
    for who in others:
        add(stage, task_id, who=who)

    sign(stage, task_id, by=others[1])
    assert refused(lambda: stage.complete(STEP, AGREED, by=ADMIN)) == "refused"
    sign(stage, task_id, by=others[0])

    stage.complete(STEP, AGREED, by=ADMIN)
    assert stage.task(STEP).status == "completed"


def test_handed_in_task_goes_on_when_the_last_one_asked_afterwards_agrees(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id, position=AFTER)
    assert asks(stage, PERSONNEL) == []
    assert refused(lambda: sign(stage, task_id)) == "engine.sign_too_early"

    answer = stage.complete(STEP, AGREED, by=ADMIN)
    assert answer["status"] == "handed_in"
    assert stage.open_tasks() == [STEP]
    assert stage.rows(TaskSubmission, TaskSubmission.element_id == STEP) == []
    assert asks(stage, PERSONNEL) == [STEP]
    answer = sign(stage, task_id)

    assert answer["status"] == "completed"
    [submission] = stage.rows(TaskSubmission, TaskSubmission.element_id == STEP)
    admin = stage.actor(ADMIN)
    assert (submission.account_id, submission.values["opinion"]) == (
        admin.account_id,
        AGREED["opinion"],
    )
    done = stage.rows(UserTask, UserTask.id == task_id)[0]
    assert (done.completed_by, done.outcome, done.draft) == (admin.account_id, "AGREE", None)
    assert stage.notes() == ["reserved"]
    line = stage.rows(
        ActivityEvent, ActivityEvent.element_id == STEP, ActivityEvent.kind == "completed"
    )[0]
    assert line.person_name == admin.name


def test_disagreement_brings_the_task_back_and_is_asked_again(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id, position=AFTER)
    stage.complete(STEP, AGREED, by=ADMIN)

    sign(stage, task_id, NO)

    task = stage.task(STEP)
    assert (task.status, task.handed_in_at) == ("open", None)
    assert task.draft["opinion"] == AGREED["opinion"]
    stage.complete(STEP, AGREED, by=ADMIN)
    assert asks(stage, PERSONNEL) == [STEP]
    sign(stage, task_id)
    assert stage.task(STEP).status == "completed"
    assert [row.decision for row in stage.rows(TaskSigner)] == ["REJECT", "AGREE"]


def test_handed_in_task_stands_until_it_is_taken_back(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id, position=AFTER)
    stage.complete(STEP, AGREED, by=ADMIN)
    engine, admin = stage.house.engine, stage.actor(ADMIN)

    assert {
        refused(lambda: engine.complete(task_id, AGREED, actor=admin)),
        refused(lambda: engine.release(task_id, actor=admin)),
        refused(lambda: engine.save_task_draft(task_id, {}, actor=admin)),
        refused(lambda: engine.assign(task_id, None, actor=stage.actor(OPERATOR), reason=WHY)),
        refused(lambda: add(stage, task_id, who="R-UHEAD@DW-002")),
    } == {"engine.handed_in"}
    engine.take_back(task_id, actor=admin)

    assert refused(lambda: sign(stage, task_id)) == "engine.sign_too_early"
    assert refused(lambda: engine.take_back(task_id, actor=admin)) == "engine.not_handed_in"
    engine.save_task_draft(task_id, {**AGREED, "opinion": "另行处理"}, actor=admin)


def test_signer_who_is_no_longer_wanted_keeps_nobody_waiting(stage: Stage) -> None:
    task_id = waiting(stage)
    before = add(stage, task_id)
    after = add(stage, task_id, who="R-UHEAD@DW-002", position=AFTER)
    engine, admin = stage.house.engine, stage.actor(ADMIN)
    assert refused(lambda: engine.remove_signer(task_id, before, reason="不", actor=admin)) == (
        "engine.reason_missing"
    )

    engine.remove_signer(task_id, before, reason="对方出差在外", actor=admin)
    stage.complete(STEP, AGREED, by=ADMIN)
    engine.remove_signer(task_id, after, reason="不需要会签了", actor=stage.actor(OPERATOR))

    assert stage.task(STEP).status == "completed"
    assert {row.status for row in stage.rows(TaskSigner)} == {"removed"}
    assert refused(lambda: sign(stage, task_id)) == "engine.task_not_allowed"


def test_signature_that_was_given_cannot_be_removed(stage: Stage) -> None:
    task_id = waiting(stage)
    signer_id = add(stage, task_id)
    sign(stage, task_id)

    code = refused(
        lambda: stage.house.engine.remove_signer(
            task_id, signer_id, reason="不需要会签了", actor=stage.actor(ADMIN)
        )
    )

    assert code == "engine.signer_done"


def test_only_assignee_and_operator_ask_and_only_people_of_the_office(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    task_id = stage.task(STEP).id
    assert refused(lambda: add(stage, task_id)) == "engine.signers_not_allowed"
    add(stage, task_id, by=OPERATOR)
    stage.house.engine.claim(task_id, actor=stage.actor(ADMIN))

    assert refused(lambda: add(stage, task_id)) == "engine.signer_asked"
    assert refused(lambda: add(stage, task_id, who=ADMIN)) == "engine.signer_not_askable"
    assert refused(lambda: add(stage, task_id, who=STRANGER)) == "engine.signer_not_askable"
    assert refused(lambda: add(stage, task_id, who=APPLICANT)) == "engine.signer_not_askable"
    with pytest.raises(NotAllowed):
        add(stage, task_id, by=STRANGER)
    assert refused(lambda: sign(stage, task_id, by=STRANGER)) == "engine.task_not_allowed"


def test_nobody_signs_his_own_case_nor_beside_himself(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id)
    engine = stage.house.engine
    engine.release(task_id, actor=stage.actor(ADMIN))

    assert refused(lambda: engine.claim(task_id, actor=stage.actor(PERSONNEL))) == (
        "engine.signer_is_handler"
    )
    assert refused(lambda: stage.complete(STEP, AGREED, by=PERSONNEL)) == (
        "engine.signer_is_handler"
    )
    case = stage.case(stage.instance().case_id)
    personnel = stage.actor(PERSONNEL)
    own = type(personnel)(
        personnel.account_id,
        case.person_code,
        personnel.name,
        personnel.groups | {f"R-PERS@{case.person_code}"},
        personnel.organisation,
    )
    assert refused(lambda: engine.sign_task(task_id, YES, actor=own)) == "engine.own_case"


def test_who_may_not_do_the_step_may_not_sign_it(stage: Stage) -> None:
    """`archive_trip` is not for who did `check_budget`: not as its signer either."""
    signing(stage)
    stage.complete("sign_off", SIGNED, by=PERSONNEL)
    stage.complete("book_hotel", by=PERSONNEL)
    task_id = stage.task("archive_trip").id
    stage.house.engine.claim(task_id, actor=stage.actor(PERSONNEL))

    code = refused(lambda: add(stage, task_id, who=ADMIN, by=PERSONNEL))

    assert code == "engine.same_person"


def test_opinion_is_checked_like_every_form(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id)

    with pytest.raises(FormInvalid) as invalid:
        sign(stage, task_id, {"outcome": "REJECT", "opinion": "不行"})

    assert {"opinion", "signature"} <= set(invalid.value.errors)
    assert asks(stage, PERSONNEL) == [STEP]


def test_case_may_be_sent_back_whoever_is_still_asked(stage: Stage) -> None:
    task_id = signing(stage)
    stage.house.engine.claim(task_id, actor=stage.actor(ADMIN))
    add(stage, task_id)
    add(stage, task_id, who="R-UHEAD@DW-002", position=AFTER)

    stage.house.engine.complete(task_id, SENT_BACK, actor=stage.actor(ADMIN))

    assert stage.open_tasks() == ["write_request"]
    assert asks(stage, PERSONNEL) == []
    assert refused(lambda: sign(stage, task_id)) == "engine.task_already_completed"


def test_signers_survive_delegation_and_end_with_the_case(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id)
    engine, admin, head = stage.house.engine, stage.actor(ADMIN), stage.actor("R-UHEAD@DW-002")
    engine.delegate(task_id, head.account_id, actor=admin)
    assert refused(lambda: add(stage, task_id, by=OPERATOR)) == "engine.signers_while_delegated"
    sign(stage, task_id)
    engine.give_back(task_id, AGREED, actor=head)
    add(stage, task_id, who="R-UHEAD@DW-002", position=AFTER)
    engine.complete(task_id, AGREED, actor=admin)
    engine.cancel(stage.instance().id, reason=WHY, actor=stage.actor(OPERATOR))

    assert asks(stage, "R-UHEAD@DW-002") == []
    assert refused(lambda: sign(stage, task_id, by="R-UHEAD@DW-002")) in (
        "engine.task_cancelled",
        "engine.instance_ended",
    )


def test_nobody_signs_while_the_case_is_suspended(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id)
    stage.house.engine.suspend(stage.instance().id, reason=WHY, actor=stage.actor(OPERATOR))

    assert refused(lambda: sign(stage, task_id)) == "engine.instance_suspended"
    assert refused(lambda: add(stage, task_id, who="R-UHEAD@DW-002")) == (
        "engine.instance_suspended"
    )


def test_those_concerned_are_told_and_the_history_is_whole(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id)
    sign(stage, task_id)
    after = add(stage, task_id, who="R-UHEAD@DW-002", position=AFTER)
    stage.complete(STEP, AGREED, by=ADMIN)
    stage.house.engine.remove_signer(
        task_id, after, reason="不需要会签了", actor=stage.actor(ADMIN)
    )

    told = [(row.template, row.to_code) for row in stage.rows(Notification)]
    personnel, admin, head = (
        stage.actor(name).account_id for name in (PERSONNEL, ADMIN, "R-UHEAD@DW-002")
    )
    assert [each for each in told if each[0] in ("W08", "W09", "W10")] == [
        ("W08", personnel), ("W09", admin), ("W08", head), ("W10", head),
    ]  # fmt: skip
    kinds = [row.kind for row in stage.rows(ActivityEvent) if row.element_id == STEP]
    assert kinds == [
        "entered", "signer_added", "countersigned", "signer_added", "handed_in", "signer_removed",
        "completed",
    ]  # fmt: skip
    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None


def test_of_two_signatures_at_once_the_last_completes_the_task(stage: Stage) -> None:
    task_id = waiting(stage)
    others = [PERSONNEL, "R-UHEAD@DW-002"]
    for who in others:
        add(stage, task_id, who=who, position=AFTER)
    stage.complete(STEP, AGREED, by=ADMIN)
    engine, actors = stage.house.engine, [stage.actor(who) for who in others]

    answers = at_once([lambda a=a: engine.sign_task(task_id, YES, actor=a) for a in actors])

    assert sorted(answer["status"] for answer in answers) == ["completed", "open"]
    assert stage.notes() == ["reserved"]


def test_agreement_and_taking_back_at_once_leave_one_outcome(stage: Stage) -> None:
    task_id = waiting(stage)
    add(stage, task_id, position=AFTER)
    stage.complete(STEP, AGREED, by=ADMIN)
    engine, admin, personnel = stage.house.engine, stage.actor(ADMIN), stage.actor(PERSONNEL)

    answers = at_once(
        [
            lambda: engine.sign_task(task_id, YES, actor=personnel),
            lambda: engine.take_back(task_id, actor=admin),
        ]
    )

    done = stage.task(STEP).status == "completed"
    expected = ["engine.task_already_completed"] if done else ["engine.sign_too_early"]
    assert codes(answers) == expected


def test_guard_that_closes_meanwhile_refuses_the_last_signature_whole(stage: Stage) -> None:
    checked(stage)
    task_id = stage.task("hand_over_book").id
    stage.house.engine.claim(task_id, actor=stage.actor(PERSONNEL))
    head = "R-UHEAD@DW-002"
    add(stage, task_id, who=head, position=AFTER, by=PERSONNEL)
    stage.complete("hand_over_book", by=PERSONNEL)
    stage.workshop.room["shelf_open"] = False

    with pytest.raises(EngineError) as closed:
        sign(stage, task_id, by=head)

    assert closed.value.code == "refused"
    assert [row.status for row in stage.rows(TaskSigner)] == ["waiting"]
    assert stage.task("hand_over_book").handed_in_at is not None
