"""Every finding of the publish check: one broken package each, with file, element, sentence."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.engine.checks.editing import ABOUT, CHECK_FORM, CLAUSES, DRAWING, RULES, Draft

TASK = 'role("R-UADM", path.unit), role("R-UHR", path.unit)'
LAST = '<bpmn:endEvent id="refused"'
CYCLE = (
    "<bpmn:timerEventDefinition><bpmn:timeCycle>R3/P5D</bpmn:timeCycle></bpmn:timerEventDefinition>"
)
PERIOD = (
    '<bpmn:extensionElements><zeebe:properties><zeebe:property name="period" value="nagging" />'
    "</zeebe:properties></bpmn:extensionElements>"
)
FORM = '<bpmn:extensionElements><zeebe:formDefinition formId="check" /></bpmn:extensionElements>'
RING = '<bpmn:messageEventDefinition messageRef="news" />'
DAILY = (
    "<bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>"
)
MESSAGES = (
    '<bpmn:message id="news" name="news" /><bpmn:message id="word" name="word">'
    "<bpmn:extensionElements><zeebe:subscription correlationKey='=case.no' />"
    "</bpmn:extensionElements></bpmn:message>"
)


def boundary(event: str, extension: str = "") -> str:
    """Return a non-interrupting boundary event that leads to an end of its own."""
    return (
        '<bpmn:boundaryEvent id="nag" name="催办" attachedToRef="check_application"'
        f' cancelActivity="false">{extension}{event}</bpmn:boundaryEvent>'
        '<bpmn:endEvent id="nagged" name="已催" />'
        f'<bpmn:sequenceFlow id="nag_on" sourceRef="nag" targetRef="nagged" />{LAST}'
    )


def second_start(event: str, extension: str = "") -> str:
    """Return a start event beside the plain one; it leads to an end of its own."""
    return (
        f'<bpmn:startEvent id="rung" name="铃响">{extension}{event}</bpmn:startEvent>'
        '<bpmn:endEvent id="heard" name="已听到" />'
        f'<bpmn:sequenceFlow id="rung_on" sourceRef="rung" targetRef="heard" />{LAST}'
    )


def thrown(operation: str) -> str:
    """Return a way of its own that ends with a message."""
    task = f'<zeebe:taskDefinition type="{operation}" />'
    return (
        second_start(DAILY)
        .replace(
            '<bpmn:endEvent id="heard" name="已听到" />',
            f'<bpmn:endEvent id="told" name="已告知"><bpmn:extensionElements>{task}'
            "</bpmn:extensionElements><bpmn:messageEventDefinition /></bpmn:endEvent>",
        )
        .replace('targetRef="heard"', 'targetRef="told"')
    )


class Case(NamedTuple):
    """One edit and the one finding it makes."""

    code: str
    element: str
    old: str
    new: str
    path: str = DRAWING
    said: str = ""
    file: str = DRAWING
    everywhere: bool = False


CASES = [
    Case("check.start_form", "rung", LAST, second_start(RING, FORM)),
    Case("check.start_form", "rung", LAST, second_start(DAILY, FORM)),
    Case("check.period_place", "rung", LAST, second_start(DAILY, PERIOD), said="period"),
    Case("check.period_place", "nag", LAST, boundary(CYCLE, PERIOD), said="period"),
    Case("check.time_unreadable", "rung", LAST, second_start(DAILY.replace("R/", "")), said="P1D"),
    Case("check.feel_name", "rung", LAST, second_start(DAILY.replace("R/P1D", "=case.no"))),
    Case(
        "check.starter_no_start",
        "starter",
        '<bpmn:startEvent id="applied" name="提出借阅">',
        f'<bpmn:startEvent id="applied" name="提出借阅">{RING}',
        file=ABOUT,
        everywhere=True,
    ),
    Case("check.operation_missing", "told", LAST, thrown("bell.ring")),
    Case("check.parameter_missing", "told", LAST, thrown("note.take"), said="text"),
    Case("check.time_unreadable", "nag", LAST, boundary(CYCLE.replace("R3", "3")), said="3/P5D"),
    Case(
        "check.message_no_key",
        "nag",
        LAST,
        boundary('<bpmn:messageEventDefinition messageRef="news" />'),
        said="news",
    ),
    Case(
        "check.id_not_readable",
        "Activity_0ab12cd",
        '"reserve_book"',
        '"Activity_0ab12cd"',
        everywhere=True,
    ),
    Case("check.no_name", "reserve_book", ' name="预留图书"', ""),
    Case("check.gateway_no_question", "is_agreed", ' name="同意？"', ""),
    Case(
        "check.flow_no_label", "is_agreed", 'id="agreed" name="同意"', 'id="agreed"', said="agreed"
    ),
    Case(
        "check.task_no_form",
        "check_application",
        '<zeebe:formDefinition formId="check" />',
        "",
    ),
    Case(
        "check.task_no_group",
        "check_application",
        f"<zeebe:assignmentDefinition candidateGroups='=[{TASK}]' />",
        "",
    ),
    Case("check.task_no_deadline", "check_application", '<zeebe:taskSchedule dueDate="P5D" />', ""),
    Case("check.form_missing", "check_application", 'formId="check"', 'formId="chek"', said="chek"),
    Case(
        "check.operation_missing",
        "reserve_book",
        'type="shelf.reserve"',
        'type="shelf.reserv"',
        said="shelf.reserv",
    ),
    Case(
        "check.parameter_unknown",
        "reserve_book",
        'key="shelf"',
        'key="shelf" value="B" /><zeebe:header key="colour"',
        said="colour",
    ),
    Case(
        "check.parameter_missing",
        "reserve_book",
        'target="period"',
        'target="shelf"',
        said="period",
    ),
    Case(
        "check.decision_missing",
        "determine_period",
        'decisionId="lending_period"',
        'decisionId="lending_perod"',
        said="lending_perod",
    ),
    Case(
        "check.decision_missing",
        "applied",
        'value="room_gate"',
        'value="rom_gate"',
        said="rom_gate",
    ),
    Case("check.role_missing", "check_application", '"R-UADM"', '"R-KING"', said="R-KING"),
    Case("check.clause_missing", "check_application", 'value="RR-1"', 'value="RR-9"', said="RR-9"),
    Case("check.clause_missing", "check_application", "RR-1", "RR-2", CLAUSES, said="RR-1"),
    Case(
        "check.element_missing",
        "hand_over_book",
        'value="check_application"',
        'value="chek_application"',
        said="chek_application",
    ),
    Case("check.name_unknown", "room_gate", "room.open", "romm.open", RULES, "romm", RULES),
    Case("check.feel_syntax", "check_application", TASK, "role(", said="candidateGroups"),
    Case("check.feel_syntax", "is_agreed", '=outcome = "AGREE"', "=outcome = (", said="agreed"),
    Case("check.feel_name", "check_application", "path.unit)", "paht.unit)", said="paht"),
    Case("check.feel_name", "is_agreed", "=outcome =", "=outcme =", said="outcme"),
    Case("check.feel_name", "hand_over_book", "=case.no", "=kase.no", said="kase"),
    Case(
        "check.feel_name",
        "check_application",
        'source="=outcome"',
        'source="=outcme"',
        said="outcme",
    ),
    Case(
        "check.feel_name",
        "reserve_book",
        'source="=period"',
        'source="=submission.id_number"',
        said="submission",
    ),
    Case("check.feel_function", "check_application", "=[role(", "=[rolle(", said="rolle"),
    Case("check.feel_double_equals", "is_agreed", "=outcome =", "=outcome ==", said="一个等号"),
    Case(
        "check.sensitive_variable",
        "check_application",
        'source="=outcome"',
        'source="=seen_number"',
        said="seen_number",
    ),
    Case(
        "check.sensitive_variable",
        "check_application",
        '"key": "outcome"',
        '"key": "outcome", "properties": {"sensitive": "true"}',
        CHECK_FORM,
        "outcome",
    ),
    Case("check.property_unknown", "applied", 'name="guard"', 'name="gaurd"', said="gaurd"),
    Case("check.property_value", "lent", 'value="COMPLETED"', 'value="DONE"', said="DONE"),
    Case(
        "check.property_value",
        "hand_over_book",
        'value="working-days" /><zeebe:property name="caseState" value="OFFICE"',
        'value="workdays" /><zeebe:property name="caseState" value="OFFICE"',
        said="workdays",
    ),
    Case(
        "check.header_expression",
        "reserve_book",
        'key="shelf" value="A"',
        'key="shelf" value="=case.no"',
        said="shelf",
    ),
    Case(
        "check.time_unreadable",
        "check_application",
        'dueDate="P5D"',
        'dueDate="5 days"',
        said="5 days",
    ),
]


def test_good_package_has_no_finding(good: Draft) -> None:
    assert good.check() == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.element}")
def test_fault_is_found_and_named(good: Draft, case: Case) -> None:
    told = good.edited("</bpmn:definitions>", f"{MESSAGES}</bpmn:definitions>")
    found = told.edited(case.old, case.new, case.path, everywhere=case.everywhere).check()

    assert [(f.code, f.element, f.file) for f in found if f.code == case.code] == [
        (case.code, case.element, case.file)
    ]
    [finding] = [f for f in found if f.code == case.code]
    assert case.element in finding.sentence
    assert case.file in finding.sentence
    assert case.said in finding.sentence


@pytest.mark.parametrize(
    "event", [CYCLE, '<bpmn:messageEventDefinition messageRef="word" />'], ids=["cycle", "message"]
)
def test_repeating_timer_and_message_with_key_are_fine(good: Draft, event: str) -> None:
    told = good.edited("</bpmn:definitions>", f"{MESSAGES}</bpmn:definitions>")

    assert told.edited(LAST, boundary(event)).check() == []


def test_cycle_elsewhere_is_refused_by_the_compiler(good: Draft) -> None:
    found = good.edited(LAST, boundary(CYCLE).replace(' cancelActivity="false"', "")).check()

    assert [finding.code for finding in found] == ["definition.cycle_place"]


def test_gateway_without_default(good: Draft) -> None:
    labelled = good.edited(' default="not_agreed"', "").edited(
        'targetRef="refused" />',
        'targetRef="refused"><bpmn:conditionExpression>=outcome = "REJECT"'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )

    [finding] = labelled.check()

    assert (finding.code, finding.element) == ("check.gateway_no_default", "is_agreed")


def test_cycle_without_a_wait(good: Draft) -> None:
    turned = good.edited(
        'sourceRef="determine_period" targetRef="check_application"',
        'sourceRef="determine_period" targetRef="try_again"',
    ).edited(
        '<bpmn:endEvent id="refused"',
        '<bpmn:exclusiveGateway id="try_again" name="再试？" default="go_on" />'
        '<bpmn:sequenceFlow id="go_on" name="继续" sourceRef="try_again"'
        ' targetRef="check_application" />'
        '<bpmn:sequenceFlow id="back" name="返回" sourceRef="try_again"'
        ' targetRef="determine_period"><bpmn:conditionExpression>=days = 1'
        '</bpmn:conditionExpression></bpmn:sequenceFlow><bpmn:endEvent id="refused"',
    )

    found = [f for f in turned.check() if f.code == "check.cycle_without_wait"]

    assert {f.element for f in found} == {"determine_period", "try_again"}


def test_cycle_through_a_task_is_fine(good: Draft) -> None:
    turned = good.edited(
        'sourceRef="is_agreed" targetRef="refused"',
        'sourceRef="is_agreed" targetRef="check_application"',
    ).edited('<bpmn:endEvent id="refused"', '<bpmn:endEvent id="refused_x"')

    assert "check.cycle_without_wait" not in {f.code for f in turned.check()}


def test_process_that_calls_itself(good: Draft) -> None:
    ring = good.edited(
        LAST,
        boundary(CYCLE).replace(
            '<bpmn:endEvent id="nagged" name="已催" />',
            '<bpmn:callActivity id="nagged" name="重来"><bpmn:extensionElements>'
            '<zeebe:calledElement processId="reading_room" /></bpmn:extensionElements>'
            '</bpmn:callActivity><bpmn:endEvent id="done_again" name="完" />'
            '<bpmn:sequenceFlow id="to_end" sourceRef="nagged" targetRef="done_again" />',
        ),
    )

    [finding] = [f for f in ring.check() if f.code == "limits.call_depth"]

    assert finding.element == "nagged"


def test_package_without_scenarios(good: Draft) -> None:
    [finding] = good.check(scenarios=())

    assert (finding.code, finding.element) == ("check.no_scenario", "reading_room")
    assert finding.file == "workflows/reading_room/scenarios"


def test_all_faults_are_told_at_once_in_order(good: Draft) -> None:
    broken = (
        good.edited('formId="check"', 'formId="chek"')
        .edited(' name="预留图书"', "")
        .edited("room.open", "romm.open", RULES)
    )

    found = broken.check()

    assert {f.code for f in found} >= {"check.form_missing", "check.no_name", "check.name_unknown"}
    assert found == sorted(found, key=lambda f: (f.file, f.element, f.code))
