"""Checks of the drawing itself: names, labels, defaults, elements not yet supported."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding
from app.engine.spiff import Element, Loop

READABLE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
GENERATED = re.compile(r"^(Activity|Gateway|Event|Flow|StateEvent)_[0-9a-z]{7}$")
SUPPORTED = frozenset(
    {
        "startEvent",
        "endEvent",
        "userTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
        "scriptTask",
        "manualTask",
        "task",
        "callActivity",
        "subProcess",
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
    }
)
EVENTS = {
    "startEvent": frozenset({"none", "message"}),
    "endEvent": frozenset({"none", "error", "terminate"}),
    "intermediateCatchEvent": frozenset({"message", "timer"}),
    "intermediateThrowEvent": frozenset({"none"}),
    "boundaryEvent": frozenset({"error", "message", "timer"}),
}
NAMED = frozenset({"userTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess"})
CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})


def check(compiled: Compiled) -> list[Finding]:
    """Return what is wrong with the drawing."""
    found: list[Finding] = []
    for element in compiled.definition.elements.values():
        found += _supported(element)
        found += _named(element)
        if element.kind in CHOOSING:
            found += _gateway(compiled, element)
        if element.kind == "userTask":
            found += _user_task(element)
    return found


def _finding(code: str, element: Element, **fields: str) -> Finding:
    return Finding.of(code, file=element.file, element=element.id, **fields)


def _supported(element: Element) -> Iterator[Finding]:
    if element.kind not in SUPPORTED:
        yield _finding("check.not_supported", element, kind=element.kind)
    elif element.kind in EVENTS and element.event not in EVENTS[element.kind]:
        yield _finding("check.not_supported", element, kind=f"{element.kind}（{element.event}）")
    if element.script is not None and not element.script.expression.startswith("="):
        yield _finding("check.script_not_feel", element, text=element.script.expression)
    if element.loop is not None:
        yield from _loop(element, element.loop)
    if element.timer_kind == "cycle" and "period" in element.properties:
        yield _finding("check.not_supported", element, kind="timeCycle + period")
    if element.kind == "startEvent" and element.event == "message" and element.form_id:
        yield _finding("check.start_message_form", element)
    keyed = element.kind == "startEvent" or (element.correlation_key or "").startswith("=")
    if element.event == "message" and not keyed:
        yield _finding("check.message_no_key", element, message=element.message or "")


def _loop(element: Element, loop: Loop) -> Iterator[Finding]:
    texts = {
        "inputCollection": loop.input_collection,
        "outputElement": loop.output_element,
        "completionCondition": loop.completion_condition,
    }
    for attribute, text in texts.items():
        if text is not None and not text.startswith("="):
            yield _finding("check.loop_not_feel", element, attribute=attribute, text=text)


def _named(element: Element) -> Iterator[Finding]:
    if GENERATED.match(element.id) or not READABLE.match(element.id):
        yield _finding("check.id_not_readable", element)
    if element.kind in NAMED and not element.name:
        yield _finding("check.no_name", element)


def _gateway(compiled: Compiled, element: Element) -> Iterator[Finding]:
    if len(element.outgoing) < 2:
        return
    if not element.name:
        yield _finding("check.gateway_no_question", element)
    if element.default_flow is None:
        yield _finding("check.gateway_no_default", element)
    for flow_id in element.outgoing:
        flow = compiled.definition.flows[flow_id]
        if not flow.name:
            yield _finding("check.flow_no_label", element, flow=flow_id)
        if flow.condition is None and flow_id != element.default_flow:
            yield _finding("check.flow_no_condition", element, flow=flow_id)


def _user_task(element: Element) -> Iterator[Finding]:
    if not element.form_id:
        yield _finding("check.task_no_form", element)
    if not element.candidate_groups:
        yield _finding("check.task_no_group", element)
    if not element.due_date:
        yield _finding("check.task_no_deadline", element)
