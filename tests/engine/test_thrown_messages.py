"""Messages sent by throw and end events: through the outbox, once the step is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.engine.tables import Outbox, ProcessInstance
from app.scheduler.outbox import work_everything
from tests.engine.houses import APPLICANT, Stage

CRIER = "workflows/town_crier/town_crier.bpmn"
SEND = '<bpmn:sendTask id="cry_out" name="宣告">'
SENT = "</bpmn:sendTask>"
END = '<bpmn:endEvent id="cried" name="已宣告" />'
TEXT = '={"text": "开会"}'
TEXT_FOR_SOMEBODY = f'={{"text": "开会", "applicant": "{APPLICANT}"}}'
MESSAGE = '<bpmn:messageEventDefinition id="cry_definition" />'


def cry(stage: Stage, *edits: tuple[str, str]) -> None:
    """Publish the bell, and start the crier drawn otherwise."""
    stage.publish("front_bell")
    package = stage.package("town_crier")
    drawn = package.files[CRIER].replace(TEXT, TEXT_FOR_SOMEBODY)
    for old, new in edits:
        assert old in drawn
        drawn = drawn.replace(old, new)
    edited = replace(package, files={**package.files, CRIER: drawn})
    stage.house.engine.publish(edited, published_by="tests")
    case_id = stage.draft("town_crier")
    stage.house.engine.start(case_id, {"note": "开始"}, actor=stage.actor(APPLICANT))


def rung(stage: Stage) -> list[ProcessInstance]:
    """Return the cases that the message began."""
    work_everything(stage.house, owner="w")
    return stage.rows(ProcessInstance, ProcessInstance.process_key == "front_bell")


def as_throw() -> list[tuple[str, str]]:
    """Draw a throw event in place of the send task."""
    return [
        (SEND, '<bpmn:intermediateThrowEvent id="cry_out" name="宣告">'),
        (SENT, f"{MESSAGE}</bpmn:intermediateThrowEvent>"),
    ]


def as_end() -> list[tuple[str, str]]:
    """Let the end itself send the message."""
    return [
        (SEND, '<bpmn:endEvent id="cry_out" name="宣告">'),
        (SENT, f"{MESSAGE}</bpmn:endEvent>"),
        (END, ""),
        ('<bpmn:sequenceFlow id="cry_out_to_cried" sourceRef="cry_out" targetRef="cried" />', ""),
    ]


def test_message_thrown_on_the_way_begins_another_case(stage: Stage) -> None:
    cry(stage, *as_throw())

    assert len(rung(stage)) == 1
    assert stage.open_tasks() == ["open_door"]
    assert stage.incidents() == []


def test_end_event_sends_its_message(stage: Stage) -> None:
    cry(stage, *as_end())
    [crier] = stage.rows(ProcessInstance, ProcessInstance.process_key == "town_crier")

    assert crier.status == "ended"
    assert len(rung(stage)) == 1


def test_message_stands_when_a_later_step_fails(stage: Stage) -> None:
    wrong = '<zeebe:ioMapping><zeebe:output source="=1 &gt; rule_date" target="x" />'
    end = (
        '<bpmn:endEvent id="cried" name="已宣告"><bpmn:extensionElements>'
        f"{wrong}</zeebe:ioMapping></bpmn:extensionElements></bpmn:endEvent>"
    )

    cry(stage, *as_throw(), (END, end))

    assert [incident.element_id for incident in stage.incidents()] == ["cried"]
    assert len(stage.rows(Outbox, Outbox.kind == "message.correlate")) == 1
    assert len(rung(stage)) == 1


@pytest.mark.parametrize("draw", [as_throw, as_end])
def test_sending_that_fails_is_an_incident_of_the_event(
    stage: Stage, draw: Callable[[], list[tuple[str, str]]]
) -> None:
    cry(stage, *draw(), ('key="name" value="announcement"', 'key="nam" value="announcement"'))

    [incident] = stage.incidents()
    assert incident.element_id == "cry_out"
    assert stage.rows(Outbox, Outbox.kind == "message.correlate") == []
