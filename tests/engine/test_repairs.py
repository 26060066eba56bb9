"""Repairs by two people: moving tokens, setting variables, repeating steps, messages by hand."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.audit.tables import AuditEntry
from app.domain.calendar import Deadline
from app.domain.notifications.tables import Notification
from app.engine.history import broken_at
from app.engine.operating.moving import ways_from
from app.engine.operating.repairs import INSTANCE, Subject
from app.engine.operating.tables import OperationRequest
from app.engine.tables import ActivityEvent, DecisionRecord, UserTask
from app.errors import AppError, EngineError
from tests.engine.acts import AGREED, checked
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, Stage
from tests.engine.repairs import (
    FIRST,
    SECOND,
    WHY,
    approve,
    ask,
    repaired,
    token_at,
    variables,
    with_ground,
)
from tests.engine.test_races import at_once, codes, signing

LOAD = {"weight": "heavy"}


def weighed(stage: Stage, free: str = "true") -> None:
    """Bring a load to the gateway that asks whether it is free; a text is a wrong answer."""
    stage.start("weigh_house", LOAD)
    stage.complete("check_load", {"note": free}, by=ADMIN)


def refused(stage: Stage, verb: str, **arguments: Any) -> str:
    """Return the code with which a request is refused; nothing of it is kept."""
    with pytest.raises(AppError) as error:
        ask(stage, verb, **arguments)
    assert stage.rows(OperationRequest) == []
    return error.value.code


# Setting a variable, and the whole repair of an incident


def test_wrong_variable_is_corrected_by_two_and_the_step_goes_on_after_a_retry(
    stage: Stage,
) -> None:
    weighed(stage)
    [incident] = stage.incidents()
    assert incident.element_id == "is_free"

    outcome = repaired(stage, "set", name="free", value=True)
    assert stage.incidents()[0].id == incident.id
    stage.house.engine.retry(incident.id, actor=stage.actor(FIRST))

    assert "free" in outcome
    assert stage.incidents() == []
    assert stage.notes() == ["weighed"]
    assert stage.instance().status == "ended"


def test_change_is_in_the_history_and_told_but_no_value_is_in_the_audit(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)

    repaired(stage, "set", name="weight", value="feather")

    assert variables(stage)["weight"] == "feather"
    line = stage.rows(ActivityEvent, ActivityEvent.kind == "data_changed")[0]
    assert (line.person_name, line.on_behalf_of) == (
        stage.actor(SECOND).name,
        stage.actor(FIRST).name,
    )
    assert '"heavy" → "feather"' in line.reason
    assert WHY in line.reason
    told = [row.text for row in stage.rows(Notification, Notification.template == "W07")]
    assert any(WHY in text for text in told)
    assert not any("feather" in text for text in told)
    said = " ".join(f"{row.reason} {row.action}" for row in stage.rows(AuditEntry))
    assert "feather" not in said
    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("path", {"unit": "DW-001"}, "engine.variable_frozen"),
        ("rule_date", "2030-01-01", "engine.variable_frozen"),
        ("case", {}, "engine.variable_frozen"),
        ("region", "640000", "engine.variable_frozen"),
        ("initiator", "P002", "engine.variable_frozen"),
        ("now", "x", "engine.variable_frozen"),
        ("room", {}, "engine.variable_frozen"),
        ("load_class", "x", "engine.variable_frozen"),
        ("owner_number", "x", "engine.variable_sensitive"),
        ("a b", 1, "engine.variable_name"),
        ("名称", 1, "engine.variable_name"),
        ("weight", "450103198603179973", "engine.value_personal"),
        ("weight", {"tel": ["19900000001"]}, "engine.value_personal"),
        ("weight", 10**15, "engine.value_too_large"),
        ("weight", "x" * 20_001, "engine.value_too_large"),
        ("weight", "heavy", "engine.variable_same"),
    ],
)
def test_what_no_operator_may_set_is_refused(
    stage: Stage, name: str, value: Any, code: str
) -> None:
    stage.start("weigh_house", LOAD)
    before = stage.instance().state

    assert refused(stage, "set", name=name, value=value) == code
    assert stage.instance().state == before


def test_value_that_changed_after_the_request_is_not_overwritten(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    late = ask(stage, "set", name="weight", value="feather")
    repaired(stage, "set", name="weight", value="stone")

    with pytest.raises(EngineError) as overtaken:
        approve(stage, late)

    assert overtaken.value.code == "engine.variable_changed"
    assert variables(stage)["weight"] == "stone"


def test_case_that_moved_on_otherwise_is_still_repaired(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    request_id = ask(stage, "set", name="weight", value="feather")
    stage.complete("check_load", {"note": "true"}, by=ADMIN)

    approve(stage, request_id)

    assert variables(stage)["weight"] == "feather"


def test_of_two_operators_who_approve_different_values_at_once_one_wins(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    one = ask(stage, "set", name="weight", value="feather", by=FIRST)
    two = ask(stage, "set", name="weight", value="stone", by=SECOND)
    engine, first, second = stage.house.engine, stage.actor(FIRST), stage.actor(SECOND)

    answers = at_once(
        [
            lambda: engine.approve_repair(one, actor=second),
            lambda: engine.approve_repair(two, actor=first),
        ]
    )

    assert codes(answers) == ["engine.variable_changed"]
    assert variables(stage)["weight"] in ("feather", "stone")


# Repeating


def test_rule_is_asked_again_with_the_corrected_variable(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    assert variables(stage)["load_size"] == "LARGE"
    repaired(stage, "set", name="weight", value="feather")

    repaired(stage, "repeat", element="class_load")

    assert variables(stage)["load_size"] == "SMALL"
    assert stage.open_tasks() == ["check_load"]
    assert [row.output for row in stage.rows(DecisionRecord)] == ["LARGE", "SMALL"]


def test_what_was_not_done_or_has_failed_is_not_repeated(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)

    assert refused(stage, "repeat", element="take_note") == "engine.repeat_not_done"
    assert refused(stage, "repeat", element="check_load") == "core.repeat_not_possible"
    assert refused(stage, "repeat", element="nothing") == "core.repeat_not_possible"
    assert refused(stage, "repeat") == "engine.argument_missing"


# Moving


def test_token_moves_back_with_its_rows_and_what_was_typed(stage: Stage) -> None:
    checked(stage)
    stage.house.engine.save_task_draft(
        stage.task("hand_over_book").id, {"note": "半途"}, actor=stage.actor(PERSONNEL)
    )
    first = stage.task("check_application").id

    token_id = token_at(stage, "hand_over_book")
    outcome = repaired(stage, "move", token=token_id, to="check_application", together=True)

    assert stage.task("check_application").name in outcome
    assert stage.open_tasks() == ["check_application"]
    again = stage.task("check_application")
    assert again.id != first
    assert again.draft["opinion"] == AGREED["opinion"]
    left = stage.task("hand_over_book")
    assert (left.status, left.draft) == ("cancelled", {"note": "半途"})
    own = stage.rows(Deadline, Deadline.id == left.deadline_id)
    assert all(row.closed_at is not None for row in own)
    assert stage.rows(Notification, Notification.template == "W07")
    line = stage.rows(ActivityEvent, ActivityEvent.kind == "moved")[0]
    assert WHY in line.reason
    assert line.on_behalf_of == stage.actor(FIRST).name


def test_what_was_typed_into_a_task_waits_in_its_next_turn(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    stage.house.engine.save_task_draft(
        stage.task("check_load").id, {"note": "半途"}, actor=stage.actor(ADMIN)
    )

    repaired(stage, "move", token=token_at(stage, "check_load"), to="pay_fee")
    repaired(stage, "move", token=token_at(stage, "pay_fee"), to="check_load")

    assert stage.task("check_load").draft == {"note": "半途"}


def test_move_that_would_break_a_join_is_refused_and_possible_with_all_branches(
    stage: Stage,
) -> None:
    signing(stage)
    token_id = token_at(stage, "sign_off")
    assert refused(stage, "move", token=token_id, to="write_request") == ("core.move_out_of_branch")

    repaired(stage, "move", token=token_id, to="write_request", together=True)

    assert stage.open_tasks() == ["write_request"]
    assert stage.timers() == {}
    stage.complete("write_request", {"place": "桂林"}, by=APPLICANT)
    stage.complete("check_budget", {"outcome": "AGREE", "opinion": "同意"}, by=ADMIN)
    assert stage.open_tasks() == ["book_hotel", "sign_off"]


def test_ways_from_a_token_say_what_each_takes(stage: Stage) -> None:
    signing(stage)
    token_id = token_at(stage, "sign_off")

    ways = with_ground(stage, lambda g: {w.element.id: w for w in ways_from(g.run, token_id)})

    assert ways["sign_off"].together is False
    assert ways["sign_off"].refused is None
    assert ways["archive_trip"].together is True
    assert ways["asked"].refused.reason == "move_to_start"


def test_request_whose_token_has_gone_is_overtaken(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    request_id = ask(stage, "move", token=token_at(stage, "check_load"), to="pay_fee")
    stage.complete("check_load", {"note": "true"}, by=ADMIN)

    with pytest.raises(EngineError) as overtaken:
        approve(stage, request_id)

    assert overtaken.value.code == "engine.repair_overtaken"
    assert overtaken.value.fields["name"] == stage.task("check_load").name


def test_failed_step_can_be_left_by_moving(stage: Stage) -> None:
    weighed(stage)

    repaired(stage, "move", token=token_at(stage, "is_free"), to="pay_fee")

    assert stage.incidents() == []
    assert stage.open_tasks() == ["pay_fee"]


def test_step_that_fails_after_the_move_is_an_incident_and_the_outcome_says_so(
    stage: Stage,
) -> None:
    def jammed() -> None:
        raise RuntimeError("jammed")

    stage.start("weigh_house", LOAD)
    stage.workshop.breaks_at, stage.workshop.broken = "weighed", jammed

    outcome = repaired(stage, "move", token=token_at(stage, "check_load"), to="take_note")

    assert [row.element_id for row in stage.incidents()] == ["take_note"]
    assert stage.incidents()[0].element_name in outcome


def test_completion_and_approved_move_at_once_leave_one_outcome(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    request_id = ask(stage, "move", token=token_at(stage, "check_load"), to="pay_fee")
    task_id, engine = stage.task("check_load").id, stage.house.engine
    admin, second = stage.actor(ADMIN), stage.actor(SECOND)

    answers = at_once(
        [
            lambda: engine.complete(task_id, {"note": "true"}, actor=admin),
            lambda: engine.approve_repair(request_id, actor=second),
        ]
    )

    moved = codes(answers) == ["engine.task_cancelled"]
    assert moved or codes(answers) == ["engine.repair_overtaken"]
    assert stage.open_tasks() == (["pay_fee"] if moved else [])
    assert len(stage.rows(UserTask)) == (2 if moved else 1)


def test_suspended_case_is_repaired_and_goes_on_when_it_is_resumed(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    engine, operator = stage.house.engine, stage.actor(FIRST)
    engine.suspend(stage.instance().id, reason=WHY, actor=operator)

    repaired(stage, "set", name="free", value=True)
    repaired(stage, "move", token=token_at(stage, "check_load"), to="is_free")

    assert stage.notes() == []
    assert stage.open_tasks() == []
    engine.resume(stage.instance().id, reason=WHY, actor=operator)
    assert stage.notes() == ["weighed"]


# Messages by hand


def test_message_is_delivered_by_hand_with_its_variables(stage: Stage) -> None:
    stage.start("post_room")
    waiting = stage.subscriptions()["announced"]

    outcome = repaired(stage, "correlate", subscription=waiting.id, variables={"text": "开会"})

    assert outcome
    assert variables(stage)["announcement"] == "开会"
    assert "take_receipt" in stage.subscriptions()
    line = stage.rows(ActivityEvent, ActivityEvent.kind == "correlated")[0]
    assert line.element_id == "announced"


def test_message_that_came_meanwhile_is_not_delivered_twice(stage: Stage) -> None:
    stage.start("post_room")
    request_id = ask(stage, "correlate", subscription=stage.subscriptions()["announced"].id)
    stage.house.engine.correlate("announcement", "all", {"text": "x"})

    with pytest.raises(EngineError) as late:
        approve(stage, request_id)

    assert late.value.code == "engine.message_not_awaited"


def test_variables_of_a_message_are_checked_like_others(stage: Stage) -> None:
    stage.start("post_room")
    waiting = stage.subscriptions()["announced"].id

    code = refused(stage, "correlate", subscription=waiting, variables={"path": {}})

    assert code == "engine.variable_frozen"


def test_nobody_repairs_his_own_case(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)
    operator, applicant = stage.actor(FIRST), stage.actor(APPLICANT)
    both = type(operator)(
        operator.account_id, APPLICANT, operator.name, operator.groups | applicant.groups, None
    )

    with pytest.raises(EngineError) as own:
        stage.house.engine.request_repair(
            "set", Subject(INSTANCE, stage.instance().id), {"name": "weight", "value": "x"},
            reason=WHY, actor=both,
        )  # fmt: skip

    assert own.value.code == "engine.own_case"


def test_unknown_verb_is_refused(stage: Stage) -> None:
    stage.start("weigh_house", LOAD)

    assert refused(stage, "explode") == "engine.repair_unknown"
