"""What a designer who knows Camunda 8 may write and the platform would not act on: refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.engine.package import read_descriptor
from app.engine.registry import Registry
from app.messages import catalogue
from tests.engine.checks.editing import CHECK_FORM, Draft
from tests.engine.checks.test_findings import CASES, TASK, Case

GROUPS = f"candidateGroups='=[{TASK}]'"
LOOP = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
    "<zeebe:loopCharacteristics {} /></bpmn:extensionElements>{}"
    "</bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>"
)
# Those of returned cases stand in test_returns.py.
WAYS = ("form", "nowhere", "offered", "straight", "target", "way")
RETURNS = {f"check.return_{what}" for what in WAYS}
CHECKED_BEFORE = {
    # The compiler refuses these drawings first, see test_files.py.
    "check.flow_no_condition",
    "check.process_missing",
}
# Each has a test of its own here or in test_findings.py.
ON_THEIR_OWN = {
    "check.gateway_no_default", "check.cycle_without_wait", "check.no_scenario",
    "check.script_not_feel", "check.starter_missing", "check.business_missing",
    "check.parameter_value", "check.meant",
    # Where files meet: test_joints.py.
    "check.decision_value", "check.notice_name", "check.notice_params", "check.period_like",
}  # fmt: skip
DESCRIPTOR = "workflows/reading_room/process.toml"


def loop(attributes: str, condition: str = "") -> str:
    """Return the end of a user task that is done several times over."""
    drawn = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    return LOOP.format(attributes, drawn)


def form(old: str, new: str, code: str, element: str, said: str) -> Case:
    """Return an edit of the review form."""
    return Case(code, element, old, new, CHECK_FORM, said, CHECK_FORM)


SLIPS = [
    Case("check.group_text", "check_application", GROUPS, 'candidateGroups="hr"', said="hr"),
    Case(
        "check.group_text",
        "check_application",
        GROUPS,
        "candidateGroups='role(\"R-UADM\", path.unit)'",
        said="=role(",
    ),
    Case(
        "check.candidate_users",
        "check_application",
        GROUPS,
        f'candidateUsers="demo" {GROUPS}',
        said="candidateGroups",
    ),
    Case(
        "check.listener_event",
        "hand_over_book",
        'eventType="end" type="note.take"',
        'eventType="cancel" type="note.take"',
        said="cancel",
    ),
    Case("check.retries", "reserve_book", 'retries="3"', 'retries="=3"', said="=3"),
    Case(
        "check.working_days",
        "check_application",
        '<zeebe:taskSchedule dueDate="P5D" />',
        '<zeebe:taskSchedule dueDate="P1W" />',
        said="PnD",
    ),
    Case(
        "check.time_unreadable",
        "check_application",
        '<zeebe:taskSchedule dueDate="P5D" />',
        '<zeebe:taskSchedule dueDate="2026-12-01T09:00" />',
        said="+08:00",
    ),
    Case(
        "check.loop_not_feel",
        "check_application",
        "</bpmn:userTask>",
        loop('inputCollection="places"'),
        said="=places",
    ),
    Case(
        "check.feel_name",
        "check_application",
        "</bpmn:userTask>",
        loop('inputCollection="=[1, 2]"', "=numberOfDoneInstances &gt;= 1"),
        said="numberOfDoneInstances",
    ),
    form(
        '"key": "opinion",',
        '"key": "opinion", "conditional": {"hide": "=outcom = \\"AGREE\\""},',
        "check.form_name",
        "opinion",
        "是不是“outcome”",
    ),
    form(
        '"key": "opinion",',
        '"key": "opinion", "conditional": {"hide": "=is_fine(outcome)"},',
        "check.form_function",
        "opinion",
        "is_fine",
    ),
    form(
        '"key": "opinion",',
        '"key": "opinion", "label": "意见"}, {"type": "select", "id": "c_shelf", "label": "书架",'
        ' "key": "shelf", "valuesKey": "shelfs"}, {"type": "textarea", "id": "c_more",'
        ' "key": "more",',
        "check.form_source",
        "shelf",
        "valuesKey",
    ),
]


@pytest.mark.parametrize("case", SLIPS, ids=lambda case: f"{case.code}-{case.said}")
def test_slip_is_refused_with_file_element_and_remedy(good: Draft, case: Case) -> None:
    [finding] = good.edited(case.old, case.new, case.path).check()

    assert (finding.code, finding.element, finding.file) == (case.code, case.element, case.file)
    assert case.said in finding.sentence


def test_script_that_is_no_expression(good: Draft) -> None:
    script = (
        '<bpmn:scriptTask id="count_books" name="数"><bpmn:extensionElements>'
        '<zeebe:script expression="days + 1" resultVariable="books" />'
        "</bpmn:extensionElements></bpmn:scriptTask>"
        '<bpmn:sequenceFlow id="counted" sourceRef="count_books" targetRef="lent" />'
    )
    drawn = good.edited('<bpmn:endEvent id="lent"', f'{script}<bpmn:endEvent id="lent"').edited(
        'sourceRef="both_done" targetRef="lent"', 'sourceRef="both_done" targetRef="count_books"'
    )

    [finding] = drawn.check()

    assert (finding.code, finding.element) == ("check.script_not_feel", "count_books")
    assert "=days + 1" in finding.sentence


@pytest.mark.parametrize(
    ("old", "new", "code", "element"),
    [
        ('starter = "R-PERS"', 'starter = "R-PERSON"', "check.starter_missing", "starter"),
        ('business = "QT"', 'business = "ZZ"', "check.business_missing", "business"),
        ('business = "QT"', "", "check.business_missing", "business"),
    ],
)
def test_slip_in_the_descriptor(good: Draft, old: str, new: str, code: str, element: str) -> None:
    draft = good.edited(old, new, DESCRIPTOR)
    text = draft.package.files[DESCRIPTOR]
    package = replace(draft.package, descriptor=read_descriptor(text, DESCRIPTOR))

    [finding] = replace(draft, package=package).check()

    assert (finding.code, finding.element, finding.file) == (code, element, DESCRIPTOR)


@pytest.mark.parametrize("written", ["handed over", '=\\"handed over\\"'.replace('\\"', "&quot;")])
def test_word_that_an_operation_does_not_take(good: Draft, written: str) -> None:
    known = good.tools.registry
    picky = Registry(
        known.operations, known.facts, {("note.take", "about"): lambda: ("lent", "returned")}
    )
    draft = replace(good, tools=replace(good.tools, registry=picky))

    [finding] = draft.edited('value="handed over"', f'value="{written}"').check()

    assert (finding.code, finding.element) == ("check.parameter_value", "hand_over_book")
    assert "lent、returned" in finding.sentence


def test_everything_the_modeler_writes_for_itself_is_fine(good: Draft) -> None:
    drawn = good.edited(
        '<zeebe:property name="caseState" value="OFFICE" />',
        '<zeebe:property name="caseState" value="OFFICE" />'
        '<zeebe:property name="camundaModeler:exampleOutputJson" value="{}" />',
    )

    assert drawn.check() == []


def test_several_people_in_one_task_are_fine(good: Draft) -> None:
    several = good.edited(
        "</bpmn:userTask>",
        loop(
            'inputCollection="=[1, 2]" inputElement="place" outputCollection="found"'
            ' outputElement="=outcome"',
            "=numberOfCompletedInstances &gt;= 1 and count(found) = 2 and loopCounter = place",
        ),
    )

    assert several.check() == []


@pytest.mark.parametrize("kind", ["inclusiveGateway", "exclusiveGateway"])
def test_gateway_that_chooses_needs_a_question(good: Draft, kind: str) -> None:
    drawn = good.edited(
        '<bpmn:exclusiveGateway id="is_agreed" name="同意？"', f'<bpmn:{kind} id="is_agreed"'
    )

    [finding] = drawn.check()

    assert (finding.code, finding.element) == ("check.gateway_no_question", "is_agreed")


def test_every_unreadable_form_and_decision_is_told_at_once(good: Draft) -> None:
    broken = good.edited('"type": "radio"', '"type": "button"', CHECK_FORM).edited(
        '"type": "default"', '"type": "odd"', "forms/reading_room/note.form"
    )

    found = broken.check()

    assert {finding.file for finding in found} == {CHECK_FORM, "forms/reading_room/note.form"}


def test_every_code_has_its_broken_package() -> None:
    tested = {case.code for case in (*CASES, *SLIPS)} | CHECKED_BEFORE | ON_THEIR_OWN
    tested |= RETURNS

    assert {code for code in catalogue() if code.startswith("check.")} == tested
