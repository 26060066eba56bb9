"""Loading a bundle: what is read from the files, and what is refused by name."""

from __future__ import annotations

import sys

import pytest

from app.engine.spiff import ELEMENT_KINDS, NoStart, load_definition
from app.engine.spiff.compiler import NODES
from app.errors import DefinitionError
from spiff_diagrams import (
    HEAD,
    boundary,
    call,
    catch,
    chain,
    definition,
    each,
    el,
    end,
    error,
    file,
    flow,
    gateway,
    io,
    message,
    on_error,
    on_message,
    process,
    service,
    start,
    sub,
    timer,
    user,
)
from spiff_host import Driver

SIMPLE = file(process("p", [start(), user("A"), end()], chain("s", "A", "e")))


def refusal(content: bytes, key: str = "p") -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        load_definition({"folder/p.bpmn": content}, key)
    return caught.value


def drawn(*elements: str, flows: list[tuple[str, ...]] | None = None, more: str = "") -> bytes:
    """A process s → A → e with something added."""
    base = [start(), user("A"), end(), *elements]
    return file(process("p", base, [*chain("s", "A", "e"), *(flows or [])]), more)


def between(element: str, name: str = "X", more: str = "") -> bytes:
    """A process s → X → e."""
    return file(process("p", [start(), element, end()], chain("s", name, "e")), more)


def test_user_task_is_read_with_all_its_attributes() -> None:
    ext = (
        '<zeebe:userTask/><zeebe:formDefinition formId="unit_review"/>'
        '<zeebe:assignmentDefinition assignee="=a" candidateGroups="=role(&quot;R&quot;, u)"/>'
        '<zeebe:taskSchedule dueDate="P5D" followUpDate="=f"/>'
        '<zeebe:priorityDefinition priority="70"/>'
        '<zeebe:properties><zeebe:property name="legalBasis" value="LZ17"/></zeebe:properties>'
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="notify.send">'
        '<zeebe:taskHeaders><zeebe:header key="to" value="=who"/></zeebe:taskHeaders>'
        "</zeebe:executionListener></zeebe:executionListeners>" + io([("=x", "y")], [("=y", "z")])
    )
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l1" name="单位">'
        "<bpmn:flowNodeRef>A</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    drawing = [lanes, start(), el("userTask", "A", ext, "", name="审核"), end()]
    found = definition(drawing, chain("s", "A", "e"))

    task = found.elements["A"]
    assert (task.kind, task.name, task.process_id, task.file) == ("userTask", "审核", "p", "p.bpmn")
    assert (task.form_id, task.assignee, task.due_date) == ("unit_review", "=a", "P5D")
    assert (task.candidate_groups, task.follow_up_date) == ('=role("R", u)', "=f")
    assert (task.priority, task.properties) == ("70", {"legalBasis": "LZ17"})
    assert (task.inputs, task.outputs) == ((("=x", "y"),), (("=y", "z"),))
    assert task.listeners == (("start", "notify.send", {"to": "=who"}),)
    assert (task.incoming, task.outgoing) == (("s__A",), ("A__e",))
    assert task.lane == "单位"
    assert found.lanes[0].elements == ("A",)
    assert found.processes["p"].file == "p.bpmn"


def test_events_are_read_with_kind_expression_and_key() -> None:
    found = definition(
        [
            start(), user("A"), end(), end("e2"), end("e3"), catch("m", on_message("reply")),
            boundary("t", "A", timer("=x"), interrupting=False),
            boundary("b", "A", on_error("er")),
        ],
        [*chain("s", "A", "m", "e"), ("t", "e2"), ("b", "e3")],
        message("reply", "=no"), error("er", "E1"),
    )  # fmt: skip

    timed, failed, waited = (found.elements[name] for name in ("t", "b", "m"))
    assert (timed.event, timed.timer_kind, timed.timer_expression) == ("timer", "duration", "=x")
    assert (timed.attached_to, timed.interrupting, timed.repeats) == ("A", False, False)
    assert (failed.event, failed.error_code) == ("error", "E1")
    assert (waited.event, waited.message, waited.correlation_key) == ("message", "reply", "=no")


def test_elements_of_subprocess_name_their_parent_and_inherit_the_lane() -> None:
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l1" name="市级">'
        "<bpmn:flowNodeRef>P</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    inside = sub("P", [start("ps"), user("I"), end("pe")], chain("ps", "I", "pe"))
    found = definition([lanes, start(), inside, end()], chain("s", "P", "e"))

    assert (found.elements["I"].parent, found.elements["I"].lane) == ("P", "市级")


def test_every_kind_has_a_node() -> None:
    assert set(NODES) == set(ELEMENT_KINDS)


def test_start_is_the_plain_one_unless_named() -> None:
    found = definition(
        [start(), start("m", on_message("apply")), user("A"), user("B"), end()],
        [*chain("s", "A", "e"), *chain("m", "B", "e")],
        message("apply"),
    )

    assert found.start_of("p").id == "s"
    assert found.start_of("p", "m").id == "m"
    with pytest.raises(NoStart):
        found.start_of("p", "A")


def test_chain_of_600_elements_loads_and_runs() -> None:
    names = [f"t{number}" for number in range(600)]
    limit = sys.getrecursionlimit()

    found = definition([start(), *(el("task", n) for n in names), end()], chain("s", *names, "e"))

    assert Driver(found).run.completed
    assert sys.getrecursionlimit() == limit


def test_not_executable_processes_are_left_out() -> None:
    other = '<bpmn:process id="q" isExecutable="false"><bpmn:task id="T"/></bpmn:process>'
    content = file(process("p", [start(), user("A"), end()], chain("s", "A", "e")), other)

    assert set(load_definition({"p.bpmn": content}, "p").elements) == {"s", "A", "e"}


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + SIMPLE
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    + HEAD.encode()
    + b"&a;</bpmn:definitions>"
)
FOREIGN = SIMPLE.replace(b'id="A"', b'id="A" xmlns:q="http://q.example/" q:x="1"')
CAMUNDA7 = drawn(
    '<c:x xmlns:c="http://camunda.org/schema/1.0/bpmn"/>',
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (DOCTYPE, "definition.doctype"),
        (XXE, "definition.doctype"),
        (b" " * (2 * 1024 * 1024 + 1), "definition.too_large"),
        (b"<a>", "definition.not_xml"),
        (b"<a/>", "definition.not_bpmn"),
        (b"\xff\xfe\x00", "definition.not_xml"),
        (FOREIGN, "definition.namespace"),
        (CAMUNDA7, "definition.namespace"),
        (file("<bpmn:x>" * 300 + "</bpmn:x>" * 300), "definition.not_xml"),
    ],
)
def test_dangerous_or_foreign_files_are_refused(content: bytes, code: str) -> None:
    caught = refusal(content)

    assert (caught.code, caught.file) == (code, "folder/p.bpmn")


def event(definition_tag: str) -> str:
    return f"<bpmn:{definition_tag}/>"


UNSUPPORTED = {
    "definition.signal": between(catch("X", event("signalEventDefinition"))),
    "definition.escalation": between(
        el("intermediateThrowEvent", "X", inner=event("escalationEventDefinition"))
    ),
    "definition.compensation": between(
        el("intermediateThrowEvent", "X", inner=event("compensateEventDefinition"))
    ),
    "definition.link": between(catch("X", event("linkEventDefinition"))),
    "definition.conditional": between(catch("X", event("conditionalEventDefinition"))),
    "definition.transaction": between(el("transaction", "X")),
    "definition.ad_hoc": between(el("adHocSubProcess", "X")),
    "definition.complex_gateway": between(el("complexGateway", "X")),
    "definition.event_subprocess": drawn(el("subProcess", "X", triggeredByEvent="true")),
    "definition.standard_loop": between(
        user("X", inner='<bpmn:standardLoopCharacteristics id="X"/>')
    ),
    "definition.loop_cardinality": between(
        user(
            "X",
            inner="<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3"
            "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>",
        )
    ),
    "definition.data_association": between(user("X", inner='<bpmn:dataInputAssociation id="X"/>')),
    "definition.script_language": between(
        el("scriptTask", "X", inner="<bpmn:script>import os</bpmn:script>")
    ),
    "definition.unknown_extension": between(user("X", ext="<zeebe:adHoc/>")),
    "definition.unsupported": between(el("choreographyTask", "X")),
    "definition.no_outgoing": drawn(user("X"), flows=[("s", "X")]),
    "definition.no_incoming": drawn(user("X"), flows=[("X", "e")]),
    "definition.after_end": drawn(end("X"), flows=[("A", "X"), ("X", "A")]),
    "definition.into_event": drawn(start("X", timer("P1D")), flows=[("A", "X"), ("X", "A")]),
    "definition.several_events": between(catch("X", timer("P1D") + on_message("m"))),
    "definition.event_kind": between(catch("X", on_error())),
    "definition.cycle_place": between(catch("X", timer("R/P1D", "timeCycle"))),
    "definition.timer_empty": between(catch("X", "<bpmn:timerEventDefinition/>")),
    "definition.message_missing": between(catch("X", on_message("m"))),
    "definition.error_missing": drawn(boundary("X", "A", on_error("m")), flows=[("X", "e")]),
    "definition.error_interrupts": drawn(
        boundary("X", "A", on_error(), interrupting=False), flows=[("X", "e")]
    ),
    "definition.boundary_host": drawn(boundary("X", "s", timer("P1D")), flows=[("X", "e")]),
    "definition.task_type_missing": between(el("serviceTask", "X")),
    "definition.decision_missing": between(el("businessRuleTask", "X")),
    "definition.script_missing": between(el("scriptTask", "X")),
    "definition.loop_collection": between(
        user("X", inner="<bpmn:multiInstanceLoopCharacteristics/>")
    ),
    "definition.loop_output": between(user("X", inner=each("=a", into="b"))),
    "definition.call_missing": between(el("callActivity", "X")),
    "definition.call_by_expression": between(call("X", "=a")),
    "definition.call_unknown": between(call("X", "q")),
    "definition.call_without_start": between(
        call("X", "q"), more=process("q", [start("qs", timer("P1D")), end("qe")], [("qs", "qe")])
    ),
    "definition.subprocess_start": between(sub("X", [end("Xe")], [])).replace(
        b'<bpmn:endEvent id="Xe"></bpmn:endEvent>', b""
    ),
    "definition.subprocess_end": between(
        sub("X", [start("Xs"), user("I")], [("Xs", "I"), ("I", "I", "", "again")])
    ),
    "definition.several_starts": drawn(start("X"), flows=[("X", "A")]),
    "definition.default_flow": between(gateway("exclusive", "X", default="s__X")),
    "definition.condition_missing": drawn(
        gateway("exclusive", "X"), end("e2"), flows=[("A", "X"), ("X", "e"), ("X", "e2")]
    ),
    "definition.race_target": drawn(gateway("eventBased", "X"), flows=[("A", "X"), ("X", "A")]),
}


@pytest.mark.parametrize("code", UNSUPPORTED)
def test_what_cannot_be_run_is_refused_with_file_and_element(code: str) -> None:
    caught = refusal(UNSUPPORTED[code])

    assert (caught.code, caught.file, caught.element) == (code, "folder/p.bpmn", "X")


@pytest.mark.parametrize(
    ("flows", "code", "element"),
    [
        ([("A", "nowhere")], "definition.flow_ends", "A__nowhere"),
        ([("A", "e", "=x", "f")], "definition.condition_place", "f"),
        ([("A", "I")], "definition.flow_crosses", "A__I"),
    ],
)
def test_wrong_flows_are_refused(flows: list[tuple[str, ...]], code: str, element: str) -> None:
    inside = sub("P", [start("ps"), user("I"), end("pe")], chain("ps", "I", "pe"))

    caught = refusal(drawn(inside, flows=[("A", "P"), ("P", "e"), *flows]))

    assert (caught.code, caught.element) == (code, element)


def test_condition_without_equals_sign_is_refused() -> None:
    content = drawn(
        gateway("exclusive", "X", default="X__e"),
        flows=[("A", "X"), ("X", "e"), ("X", "A", "ok", "f")],
    )

    assert refusal(content).code == "definition.condition_text"


def test_repeated_ids_are_refused_across_files() -> None:
    other = file(process("q", [start("qs"), user("A"), end("qe")], chain("qs", "A", "qe")))

    with pytest.raises(DefinitionError) as caught:
        load_definition({"p.bpmn": SIMPLE, "q.bpmn": other}, "p")

    assert (caught.value.code, caught.value.element) == ("definition.repeated_id", "A")
    assert {caught.value.file, caught.value.fields["other"]} == {"p.bpmn", "q.bpmn"}


def test_missing_process_and_missing_start_are_refused() -> None:
    assert refusal(SIMPLE, "q").code == "definition.process_missing"
    assert refusal(file('<bpmn:process id="p"/>')).code == "definition.no_start"


def test_decoration_is_no_obstacle() -> None:
    note = (
        '<bpmn:textAnnotation id="n"><bpmn:text>hello</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="as" sourceRef="A" targetRef="n"/>'
        '<bpmn:dataObjectReference id="dr" dataObjectRef="do"/><bpmn:dataObject id="do"/>'
    )
    pool = (
        '<bpmn:collaboration id="c"><bpmn:participant id="pt" name="x" processRef="p"/>'
        "</bpmn:collaboration>"
    )

    assert Driver(load_definition({"p.bpmn": drawn(note, more=pool)}, "p")).open() == ["A"]


def test_service_task_is_read_with_type_retries_and_headers() -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="kind" value="x"/></zeebe:taskHeaders>'
    found = definition([start(), service("S", "a.b", headers), end()], chain("s", "S", "e"))

    task = found.elements["S"]
    assert (task.task_type, task.retries, task.headers) == ("a.b", "3", {"kind": "x"})


def test_flows_are_read() -> None:
    drawing = file(
        process("p", [start(), gateway("exclusive", "X", default="d"), end(), end("e2")], [])[
            : -len("</bpmn:process>")
        ],
        flow("s", "X"), flow("X", "e", "=a > 1", "c"), flow("X", "e2", "", "d"), "</bpmn:process>",
    )  # fmt: skip
    found = load_definition({"p.bpmn": drawing}, "p")

    assert (found.flows["c"].condition, found.flows["c"].target) == ("=a > 1", "e")
    assert found.elements["X"].default_flow == "d"
