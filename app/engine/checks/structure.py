"""Checks of the drawing itself: names, labels, defaults, waits, and what has no effect there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding
from app.engine.spiff import Element, Loop

READABLE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
GENERATED = re.compile(r"^(Activity|Gateway|Event|Flow|StateEvent)_[0-9a-z]{7}$")
NAMED = frozenset({"userTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess"})
CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})
DEEPEST_CALL = 10
WAITS = frozenset(
    {"userTask", "receiveTask", "intermediateCatchEvent", "callActivity", "subProcess"}
)


def check(compiled: Compiled) -> list[Finding]:
    """Return what is wrong with the drawing."""
    found: list[Finding] = []
    for element in compiled.definition.elements.values():
        found += _in_place(element)
        found += _named(element)
        if element.kind in CHOOSING:
            found += _gateway(compiled, element)
        if element.kind == "userTask":
            found += _user_task(element)
    return found + list(_cycles(compiled)) + list(_calls(compiled))


def _finding(code: str, element: Element, **fields: str) -> Finding:
    return Finding.of(code, file=element.file, element=element.id, **fields)


def _in_place(element: Element) -> Iterator[Finding]:
    if element.script is not None and not element.script.expression.startswith("="):
        yield _finding("check.script_not_feel", element, text=element.script.expression)
    if element.loop is not None:
        yield from _loop(element, element.loop)
    alone = element.timer_kind == "cycle" or element.kind == "startEvent"
    if alone and "period" in element.properties:
        yield _finding("check.period_place", element)
    if element.kind == "startEvent" and element.event != "none" and element.form_id:
        yield _finding("check.start_form", element)
    keyless = element.kind == "startEvent" or element.sends
    keyed = keyless or (element.correlation_key or "").startswith("=")
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


def _cycles(compiled: Compiled) -> Iterator[Finding]:
    """A cycle without a wait state would run for ever."""
    following = {
        element.id: [compiled.definition.flows[flow].target for flow in element.outgoing]
        for element in compiled.definition.elements.values()
        if element.kind not in WAITS
    }
    for element_id in following:
        if _reaches(following, element_id):
            element = compiled.definition.elements[element_id]
            yield _finding("check.cycle_without_wait", element)


def _calls(compiled: Compiled) -> Iterator[Finding]:
    """Processes that call each other in a ring, or too many levels deep."""
    calls: dict[str, list[Element]] = {}
    for element in compiled.definition.elements.values():
        if element.called_process is not None:
            calls.setdefault(element.process_id, []).append(element)
    level = [element for elements in calls.values() for element in elements]
    for _ in range(DEEPEST_CALL):
        called = {element.called_process.id for element in level if element.called_process}
        level = [element for name in called for element in calls.get(name, ())]
    for element in level:
        yield _finding("limits.call_depth", element, most=str(DEEPEST_CALL))


def _reaches(following: dict[str, list[str]], start: str) -> bool:
    seen: set[str] = set()
    waiting = list(following[start])
    while waiting:
        current = waiting.pop()
        if current == start:
            return True
        if current not in seen:
            seen.add(current)
            waiting += following.get(current, [])
    return False
