"""Ending an instance early: nothing waits any more, people are told, the history says why."""

from __future__ import annotations

import pytest

from app.domain.audit.tables import AuditEntry
from app.domain.calendar import Deadline
from app.domain.notifications.tables import Notification
from app.engine.history import broken_at
from app.engine.registry import Call
from app.engine.tables import (
    CANCELLED,
    OPEN,
    ActivityEvent,
    Incident,
    Outbox,
    UserTask,
)
from app.errors import EngineError, NotAllowed
from tests.engine.acts import APPLICATION, WORKER, claimed
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, STRANGER, Stage

OPERATOR = "R-ADM@PLATFORM"
WHY = "申请人已去世，家属来电说明"


def cancel(stage: Stage, *, by: str = OPERATOR, reason: str = WHY) -> None:
    """End the newest instance."""
    stage.house.engine.cancel(stage.instance().id, reason=reason, actor=stage.actor(by))


def test_nothing_of_a_cancelled_case_waits_any_more(stage: Stage) -> None:
    stage.workshop.desk["groups"] = ADMIN
    case_id = stage.start("odd_desk")
    assert stage.timers()

    cancel(stage)

    assert (stage.open_tasks(), stage.timers(), stage.subscriptions()) == ([], {}, {})
    assert stage.rows(Deadline, Deadline.closed_at.is_(None)) == []
    assert stage.instance().status == "ended"
    assert (stage.case(case_id).state, stage.instance().outcome) == ("WITHDRAWN", "WITHDRAWN")
    assert {row.status for row in stage.rows(UserTask)} <= {CANCELLED}


def test_subscriptions_are_closed(stage: Stage) -> None:
    stage.start("post_room")
    assert stage.subscriptions()

    cancel(stage)

    assert stage.subscriptions() == {}


def test_background_work_of_a_cancelled_case_is_not_recorded(stage: Stage) -> None:
    stage.start("print_shop")
    outbox_id, recorded = claimed(stage), []

    cancel(stage)

    with pytest.raises(EngineError) as refused:
        stage.house.engine.finish(
            outbox_id, owner=WORKER, record=lambda session: recorded.append(1) or {}
        )
    assert refused.value.code == "engine.lease_lost"
    assert recorded == []
    assert stage.rows(Outbox, Outbox.token_id.is_not(None), Outbox.done_at.is_(None)) == []


def test_incidents_are_over(stage: Stage) -> None:
    def broken() -> None:
        raise RuntimeError("broken")

    stage.workshop.broken = broken
    stage.start("toll_gate")
    assert stage.incidents() or stage.rows(Incident) == []

    cancel(stage)

    assert stage.incidents() == []


def test_applicant_is_told_why_and_the_history_names_the_operator(stage: Stage) -> None:
    stage.start("travel_desk", {"note": "开会"})

    cancel(stage)

    told = stage.rows(Notification, Notification.template == "W04")
    assert {(row.to_code, row.channel) for row in told} == {
        (APPLICANT, "INBOX"),
        (APPLICANT, "SMS"),
    }
    assert any(WHY in row.text for row in told if row.channel == "INBOX")
    line = stage.rows(ActivityEvent, ActivityEvent.kind == "terminated")[0]
    assert (line.person_name, line.reason) == (stage.actor(OPERATOR).name, WHY)
    [entry] = stage.rows(AuditEntry, AuditEntry.action == "cancel")
    assert (entry.outcome, entry.reason) == ("ok", WHY)
    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None


def test_subjects_wind_up_what_they_began(stage: Stage) -> None:
    seen: list[str] = []

    def wind_up(call: Call) -> None:
        seen.append(call.instance_id or "")

    stage.house.tools.registry.cancelled(wind_up)
    stage.start("travel_desk", {"note": "开会"})

    cancel(stage)

    assert seen == [stage.instance().id]


@pytest.mark.parametrize("who", [ADMIN, APPLICANT, STRANGER])
def test_who_may_not_end_a_case_is_refused(stage: Stage, who: str) -> None:
    stage.start("reading_room", APPLICATION)

    with pytest.raises(NotAllowed):
        cancel(stage, by=who)

    assert stage.rows(UserTask, UserTask.status == OPEN)


def test_who_handles_a_step_may_end_the_case_where_the_drawing_says_so(stage: Stage) -> None:
    stage.start("travel_desk", {"note": "开会"})
    stage.complete("write_request", {"place": "桂林"}, by=APPLICANT)
    stage.complete("check_budget", {"outcome": "AGREE", "opinion": "同意"}, by=ADMIN)
    with pytest.raises(NotAllowed):
        cancel(stage, by=PERSONNEL)
    stage.house.engine.claim(stage.task("sign_off").id, actor=stage.actor(PERSONNEL))

    cancel(stage, by=PERSONNEL)

    assert stage.case(stage.instance().case_id).state == "WITHDRAWN"


def test_reason_is_needed_and_an_ended_case_stays_as_it_is(stage: Stage) -> None:
    stage.start("travel_desk", {"note": "开会"})
    with pytest.raises(EngineError) as refused:
        cancel(stage, reason="无")
    assert refused.value.code == "engine.reason_missing"
    cancel(stage)

    with pytest.raises(EngineError) as again:
        cancel(stage)
    assert again.value.code == "engine.instance_ended"
    with pytest.raises(EngineError) as late:
        stage.complete("write_request", {"place": "桂林"}, by=APPLICANT)
    assert late.value.code in ("engine.task_cancelled", "engine.instance_ended")
