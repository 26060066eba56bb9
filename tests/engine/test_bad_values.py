"""A value of the wrong type: an incident that says where, which expression, and what it saw.

The desk's procedure is drawn otherwise for each place; the fact `desk` and the start form bring the
values. After the repair a retry goes on.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.engine.evidence import shown
from tests.engine.acts import retry
from tests.engine.houses import APPLICANT, Stage

DRAWING = "workflows/odd_desk/odd_desk.bpmn"
GROUPS = 'candidateGroups="=desk.groups"'
DUE = '<zeebe:taskSchedule dueDate="P5D" />'
PAUSE = '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">=desk.pause</bpmn:timeDuration>'
TIMER = f"<bpmn:timerEventDefinition>{PAUSE}</bpmn:timerEventDefinition>"
SWEEP = '<bpmn:userTask id="sweep_hall" name="打扫">'
END = '<bpmn:endEvent id="served" name="已接待" />'
MESSAGE = (
    '<bpmn:message id="bell" name="bell"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=desk.key" /></bpmn:extensionElements></bpmn:message>'
)


def loop(condition: str = "") -> str:
    """Return what makes sweeping a task of several people."""
    done = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    collection = "=desk.people" if not condition else "=[1, 2]"
    return (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        f'<zeebe:loopCharacteristics inputCollection="{collection}" inputElement="who" />'
        f"</bpmn:extensionElements>{done}</bpmn:multiInstanceLoopCharacteristics>"
    )


def gateway() -> tuple[str, str]:
    """Let a gateway decide behind the sweeping."""
    return (
        'id="sweep_hall_to_three_done" sourceRef="sweep_hall" targetRef="three_done" />',
        'id="sweep_hall_to_is_clean" sourceRef="sweep_hall" targetRef="is_clean" />'
        '<bpmn:exclusiveGateway id="is_clean" name="干净吗" default="is_clean_no" />'
        '<bpmn:sequenceFlow id="is_clean_yes" name="是" sourceRef="is_clean" '
        'targetRef="three_done"><bpmn:conditionExpression>=desk.clean</bpmn:conditionExpression>'
        '</bpmn:sequenceFlow><bpmn:sequenceFlow id="is_clean_no" name="否" sourceRef="is_clean" '
        'targetRef="three_done" />',
    )


PLACES = {
    "conditions": ([gateway()], "is_clean", "clean", "yes", True),
    "timer": ([], "pause", "pause", 5, "PT1H"),
    "timer unreadable": ([], "pause", "pause", "5D", "PT1H"),
    "timer in working days": (
        [('name="稍候">', 'name="稍候"><bpmn:extensionElements><zeebe:properties><zeebe:property '
          'name="calendar" value="working-days" /></zeebe:properties></bpmn:extensionElements>')],
        "pause", "pause", "PT1H", "P1D",
    ),
    "correlationKey": (
        [(TIMER, '<bpmn:messageEventDefinition messageRef="bell" />'),
         ('<bpmn:process', MESSAGE + "<bpmn:process")],
        "pause", "key", ["a"], "a",
    ),
    "candidateGroups": ([], "serve_caller", "groups", 7, "R-UADM@DW-002"),
    "assignee": ([(GROUPS, 'assignee="=desk.clerk" candidateGroups="R-UADM@DW-002"')],
                 "serve_caller", "clerk", 7, None),
    "priority": ([(DUE, DUE + '<zeebe:priorityDefinition priority="=desk.rank" />')],
                 "serve_caller", "rank", [], 60),
    "followUpDate": ([(DUE, '<zeebe:taskSchedule dueDate="P5D" followUpDate="=desk.later" />')],
                     "serve_caller", "later", 17, "2026-03-09"),
    "dueDate": ([(DUE, '<zeebe:taskSchedule dueDate="=desk.due" />')], "serve_caller", "due",
                17, "P5D"),
    "inputCollection": ([(SWEEP, SWEEP + loop())], "sweep_hall", "people", "P1", ["P1"]),
    "completionCondition": ([(SWEEP, SWEEP + loop("=desk.enough"))], "sweep_hall", "enough",
                            "no", True),
}  # fmt: skip


def begin(stage: Stage, edits: list[tuple[str, str]], files: dict[str, str] | None = None) -> None:
    """Start the desk's procedure with its drawing edited."""
    package = stage.package("odd_desk")
    drawn = package.files[DRAWING]
    for old, new in edits:
        assert old in drawn, old
        drawn = drawn.replace(old, new, 1)
    edited = replace(package, files={**package.files, DRAWING: drawn, **(files or {})})
    stage.house.engine.publish(edited, published_by="tests")
    case_id = stage.draft("odd_desk")
    stage.house.engine.start(case_id, {"note": "开始"}, actor=stage.actor(APPLICANT))


def sweep(stage: Stage) -> None:
    """Do the sweeping once where it is open: its end asks the gateway or the condition."""
    if "sweep_hall" in stage.open_tasks():
        stage.complete("sweep_hall", by="R-UADM@DW-002")


@pytest.mark.parametrize("place", PLACES)
def test_wrong_value_is_an_incident_that_says_what_it_saw(stage: Stage, place: str) -> None:
    edits, element, name, wrong, right = PLACES[place]
    stage.workshop.desk[name] = wrong

    begin(stage, edits)
    sweep(stage)

    [incident] = stage.incidents()
    evidence = incident.evidence
    assert (evidence["file"], evidence["element"]) == (DRAWING, element)
    assert evidence["attribute"] == place.partition(" ")[0]
    assert evidence["expression"] == f"=desk.{name}"
    [[path, seen]] = evidence["seen"]
    assert path == f"desk.{name}"
    assert seen == {"yes": '"…"', "no": '"…"', "5D": '"…"', "PT1H": '"…"', "P1": '"…"'}.get(
        str(wrong), '["…"]' if wrong == ["a"] else str(wrong)
    )

    stage.workshop.desk[name] = right
    retry(stage)
    assert stage.incidents() == []


TIMER_LINE = f"\n      {TIMER}\n    "


def script(expression: str) -> tuple[str, str]:
    """Let a script run where the caller waits."""
    return (
        '<bpmn:intermediateCatchEvent id="pause" name="稍候">' + TIMER_LINE
        + "</bpmn:intermediateCatchEvent>",
        '<bpmn:scriptTask id="pause" name="算"><bpmn:extensionElements>'
        f'<zeebe:script expression="{expression}" resultVariable="sum" />'
        "</bpmn:extensionElements></bpmn:scriptTask>",
    )  # fmt: skip


def decision(document: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Let a decision with a declared input be taken where the caller waits."""
    old, _ = script("")
    task = (
        '<bpmn:businessRuleTask id="pause" name="算"><bpmn:extensionElements>'
        '<zeebe:calledDecision decisionId="span" resultVariable="span" />'
        "</bpmn:extensionElements></bpmn:businessRuleTask>"
    )
    return {"workflows/odd_desk/span.dmn": document}, [(old, task)]


SPAN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="spans" name="spans"
 namespace="x"><inputData id="who" name="initiator"><variable id="v" name="initiator"
 typeRef="number"/></inputData><decision id="span" name="span"><informationRequirement id="r">
 <requiredInput href="#who"/></informationRequirement><literalExpression id="l">
 <text>initiator + 1</text></literalExpression></decision></definitions>"""


def test_values_of_variables_are_told(stage: Stage) -> None:
    begin(stage, [script("=path.applicant &gt; 3 and rule_date &gt; 2")])

    [incident] = stage.incidents()
    evidence = incident.evidence
    assert (evidence["attribute"], evidence["name"]) == ("script", "算")
    assert evidence["expression"] == "=path.applicant > 3 and rule_date > 2"
    assert evidence["seen"] == [["path.applicant", '"P001"'], ["rule_date", '"2026-03-02"']]


def test_decision_that_is_given_a_wrong_type_tells_its_inputs(stage: Stage) -> None:
    files, edits = decision(SPAN)

    begin(stage, edits, files)

    [incident] = stage.incidents()
    evidence = incident.evidence
    assert (evidence["attribute"], evidence["expression"]) == ("calledDecision", "span")
    assert evidence["seen"] == [["initiator", '"P001"']]
    assert "span" in incident.sentence


def test_missing_variable_is_told_as_nothing(stage: Stage) -> None:
    begin(stage, [(GROUPS, 'candidateGroups="=case.office"')])

    [incident] = stage.incidents()
    assert incident.evidence["seen"] == [["case.office", "空值"]]


def test_failing_operation_has_no_expression_to_show(stage: Stage) -> None:
    stage.workshop.broken = lambda: 1 / 0
    stage.start("toll_gate")
    stage.complete("pay_toll", by="R-UADM@DW-002")

    [incident] = stage.incidents()
    assert incident.evidence is None


def test_identity_number_is_masked_wherever_it_stands() -> None:
    assert "19860317" not in shown({"n": ["450103198603179973"]})
    assert len(shown("字" * 500)) < 250
