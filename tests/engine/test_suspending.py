"""A suspended case stands still as a whole, and makes up for the meantime when it is resumed."""

from __future__ import annotations

import pytest

from app.domain.audit.tables import AuditEntry
from app.domain.notifications.tables import Notification
from app.engine.history import broken_at
from app.engine.operating.tables import HeldMessage
from app.engine.tables import ActivityEvent, Incident, Outbox, TaskSubmission
from app.errors import EngineError, NotAllowed
from tests.engine.acts import (
    AGREED,
    APPLICATION,
    WORKER,
    claimed,
    finish_printing,
)
from tests.engine.houses import ADMIN, APPLICANT, MONDAY, Stage
from tests.engine.test_races import at_once, codes

OPERATOR, OTHER = "platform.admin1", "platform.admin2"
WHY = "举报材料正在核实"
DONE = "核实完毕，没有问题"


def suspend(stage: Stage, *, by: str = OPERATOR, reason: str = WHY) -> None:
    """Suspend the newest instance."""
    stage.house.engine.suspend(stage.instance().id, reason=reason, actor=stage.actor(by))


def resume(stage: Stage, *, by: str = OPERATOR, reason: str = DONE) -> None:
    """Let the newest instance go on."""
    stage.house.engine.resume(stage.instance().id, reason=reason, actor=stage.actor(by))


def test_nobody_completes_a_suspended_task_until_it_is_resumed(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    suspend(stage)
    with pytest.raises(EngineError) as refused:
        stage.complete("check_application", AGREED, by=ADMIN)
    assert refused.value.code == "engine.instance_suspended"
    assert refused.value.fields["at"] == MONDAY
    assert stage.rows(TaskSubmission, TaskSubmission.element_id == "check_application") == []

    resume(stage)
    stage.complete("check_application", AGREED, by=ADMIN)

    assert stage.notes() == ["reserved"]


def test_task_is_not_handed_on_while_suspended_but_may_be_claimed_and_prepared(
    stage: Stage,
) -> None:
    stage.start("reading_room", APPLICATION)
    task_id, engine = stage.task("check_application").id, stage.house.engine
    suspend(stage)

    engine.claim(task_id, actor=stage.actor(ADMIN))
    engine.save_task_draft(task_id, {"opinion": "待核"}, actor=stage.actor(ADMIN))
    with pytest.raises(EngineError) as refused:
        engine.assign(task_id, None, actor=stage.actor(OPERATOR), reason=WHY)

    assert refused.value.code == "engine.instance_suspended"


def test_timers_wait_and_fire_at_their_own_instants_when_resumed(stage: Stage) -> None:
    stage.start("slow_letter")
    due_at = stage.timers()["overdue"].due_at
    suspend(stage)
    stage.wait(days=8)
    assert stage.house.engine.fire_all_due() == 0
    assert stage.open_tasks() == ["answer_letter"]

    stage.wait(days=1)
    resume(stage)

    assert stage.open_tasks() == []
    fired = stage.rows(
        ActivityEvent,
        ActivityEvent.element_id == "overdue",
        ActivityEvent.kind == "completed",
    )
    assert [line.at for line in fired] == [due_at]


def test_overdue_timer_still_wins_over_a_person_after_the_resumption(stage: Stage) -> None:
    stage.start("slow_letter")
    suspend(stage)
    stage.wait(days=8)
    resume(stage)

    with pytest.raises(EngineError) as late:
        stage.complete("answer_letter", by=ADMIN)

    assert late.value.code == "engine.task_cancelled"


def test_message_waits_and_wins_over_a_timer_that_fell_due_after_it(stage: Stage) -> None:
    stage.start("post_room")
    suspend(stage)
    stage.wait(days=2)
    engine, number = stage.house.engine, stage.instance().business_key
    assert engine.correlate("withdrawal", number) == 1
    assert stage.open_tasks() == ["write_answer"]
    stage.wait(days=6)

    resume(stage)

    assert stage.open_tasks() == []
    kinds = {
        row.element_id: row.kind
        for row in stage.rows(ActivityEvent)
        if row.element_id in ("withdrawn", "overdue") and row.kind != "entered"
    }
    assert kinds == {"withdrawn": "completed", "overdue": "cancelled"}
    [held] = stage.rows(HeldMessage)
    assert held.done_at is not None


def test_message_that_came_after_the_due_instant_comes_too_late(stage: Stage) -> None:
    stage.start("post_room")
    suspend(stage)
    stage.wait(days=8)
    stage.house.engine.correlate("withdrawal", stage.instance().business_key)

    resume(stage)

    gone = stage.rows(ActivityEvent, ActivityEvent.element_id == "withdrawn")
    assert [line.kind for line in gone][-1] == "cancelled"


def test_several_messages_are_made_up_in_their_order(stage: Stage) -> None:
    stage.start("post_room")
    suspend(stage)
    number = stage.instance().business_key
    for word in ("one", "two"):
        stage.wait(hours=1)
        stage.house.engine.correlate("remark", number, {"word": word}, key=word)
        stage.house.engine.correlate("remark", number, {"word": word}, key=word)

    resume(stage)

    told = [row.payload["about"] for row in stage.rows(Outbox, Outbox.kind == "test.note")]
    assert told == ["one", "two"]


def test_background_work_that_was_begun_is_recorded_and_the_case_goes_on_when_resumed(
    stage: Stage,
) -> None:
    stage.start("print_shop")
    before = stage.instance().state
    suspend(stage)

    finish_printing(stage)

    assert stage.rows(Outbox, Outbox.token_id.is_not(None), Outbox.done_at.is_(None)) == []
    assert stage.instance().state != before
    entered = [row.element_id for row in stage.rows(ActivityEvent)]
    assert stage.house.engine.report_stalled() == 0
    resume(stage)
    after = [row.element_id for row in stage.rows(ActivityEvent)]
    assert len(after) > len(entered)
    assert stage.incidents() == []


def test_incident_of_failed_background_work_is_not_retried_while_suspended(stage: Stage) -> None:
    stage.start("print_shop")
    suspend(stage)
    for _ in range(3):
        with stage.house.unit_of_work() as session:
            for row in session.query(Outbox).filter(Outbox.token_id.is_not(None)):
                row.not_before = None
        stage.house.engine.failed(claimed(stage), owner=WORKER, error=RuntimeError("broken"))
    [incident] = stage.incidents()

    with pytest.raises(EngineError) as refused:
        stage.house.engine.retry(incident.id, actor=stage.actor(OPERATOR))

    assert refused.value.code == "engine.instance_suspended"
    assert stage.rows(Incident, Incident.resolved_at.is_not(None)) == []


def test_applicant_is_told_and_the_history_says_who_and_why(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)

    suspend(stage)
    resume(stage, by=OTHER)

    told = {row.template: row.text for row in stage.rows(Notification) if row.channel == "INBOX"}
    assert WHY in told["W05"]
    assert DONE in told["W06"]
    lines = [row for row in stage.rows(ActivityEvent) if row.kind in ("suspended", "resumed")]
    assert [(line.kind, line.person_name, line.reason) for line in lines] == [
        ("suspended", stage.actor(OPERATOR).name, WHY),
        ("resumed", stage.actor(OTHER).name, DONE),
    ]
    entries = stage.rows(AuditEntry, AuditEntry.object_type == "instance")
    assert [(each.action, each.outcome) for each in entries] == [
        ("suspend", "ok"),
        ("resume", "ok"),
    ]
    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None


@pytest.mark.parametrize("who", [ADMIN, APPLICANT, "platform.sec1"])
def test_only_operators_suspend(stage: Stage, who: str) -> None:
    stage.start("reading_room", APPLICATION)

    with pytest.raises(NotAllowed):
        suspend(stage, by=who)

    assert stage.instance().suspended_at is None


def test_reason_is_needed_and_nothing_is_done_twice(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    with pytest.raises(EngineError) as without:
        suspend(stage, reason="停")
    assert without.value.code == "engine.reason_missing"
    with pytest.raises(EngineError) as early:
        resume(stage)
    assert early.value.code == "engine.not_suspended"
    suspend(stage)
    with pytest.raises(EngineError) as again:
        suspend(stage, by=OTHER)
    assert again.value.code == "engine.suspended_already"


def test_of_two_operators_one_suspends(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    engine, instance_id = stage.house.engine, stage.instance().id
    actors = [stage.actor(OPERATOR), stage.actor(OTHER)]

    answers = at_once(
        [lambda a=a: engine.suspend(instance_id, reason=WHY, actor=a) for a in actors]
    )

    assert codes(answers) == ["engine.suspended_already"]
    assert len(stage.rows(ActivityEvent, ActivityEvent.kind == "suspended")) == 1


def test_completion_and_suspension_at_once_leave_one_order(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    engine, instance_id = stage.house.engine, stage.instance().id
    task_id, admin, operator = (
        stage.task("check_application").id, stage.actor(ADMIN), stage.actor(OPERATOR),
    )  # fmt: skip

    answers = at_once(
        [
            lambda: engine.complete(task_id, AGREED, actor=admin),
            lambda: engine.suspend(instance_id, reason=WHY, actor=operator),
        ]
    )

    done = stage.task("check_application").status == "completed"
    assert codes(answers) == ([] if done else ["engine.instance_suspended"])


def test_suspended_case_can_be_ended(stage: Stage) -> None:
    stage.start("reading_room", APPLICATION)
    suspend(stage)

    stage.house.engine.cancel(stage.instance().id, reason=WHY, actor=stage.actor(OPERATOR))

    assert stage.instance().status == "ended"
