"""What a bundle may not contain: drawings that would be run wrongly or never end.

Every refusal is a `DefinitionError` with file, element and a code whose sentence names the
alternative. Vocabulary was checked in `xml`; this module checks how the elements fit together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn

from app.engine.spiff.model import ACTIVITY_KINDS, Drawing, Element, Flow
from app.errors import DefinitionError

EVENTS = {
    "startEvent": {"none", "message", "timer"},
    "endEvent": {"none", "error", "message", "terminate"},
    "intermediateCatchEvent": {"message", "timer"},
    "intermediateThrowEvent": {"none", "message"},
    "boundaryEvent": {"message", "timer", "error"},
}
MOST_NODES = 1000
CONDITIONAL = frozenset({"exclusiveGateway", "inclusiveGateway"})


def refuse_unsupported(drawing: Drawing) -> None:
    """Raise a DefinitionError for the first thing that cannot be run as drawn."""
    if len(drawing.elements) > MOST_NODES:
        first = next(iter(drawing.elements.values()))
        _refuse("limits.nodes", first, most=MOST_NODES)
    for flow in drawing.flows.values():
        _check_flow(flow, drawing)
    for element in drawing.elements.values():
        _check_connections(element, drawing)
        _check_event(element, drawing)
        CHECKS.get(element.kind, _nothing)(element, drawing)
    _check_starts(drawing)


def _refuse(code: str, element: Element | Flow, **fields: object) -> NoReturn:
    raise DefinitionError(code, file=element.file, element=element.id, **fields)


def _nothing(element: Element, drawing: Drawing) -> None:
    """Most kinds need no check of their own."""


def _check_flow(flow: Flow, drawing: Drawing) -> None:
    source, target = drawing.elements.get(flow.source), drawing.elements.get(flow.target)
    if source is None or target is None:
        _refuse("definition.flow_ends", flow)
    if (source.process_id, source.parent) != (target.process_id, target.parent):
        _refuse("definition.flow_crosses", flow)
    if flow.condition is not None and source.kind not in CONDITIONAL:
        _refuse("definition.condition_place", flow, source=source.id)
    if flow.condition is not None and not flow.condition.startswith("="):
        _refuse("definition.condition_text", flow)


def _check_connections(element: Element, drawing: Drawing) -> None:
    if element.kind != "endEvent" and not element.outgoing:
        _refuse("definition.no_outgoing", element)
    if element.kind == "endEvent" and element.outgoing:
        _refuse("definition.after_end", element)
    starts_by_itself = element.kind in {"startEvent", "boundaryEvent"}
    if starts_by_itself and element.incoming:
        _refuse("definition.into_event", element)
    if not starts_by_itself and not element.incoming:
        _refuse("definition.no_incoming", element)


def _check_event(element: Element, drawing: Drawing) -> None:
    allowed = EVENTS.get(element.kind)
    if allowed is None:
        return
    if element.event not in allowed:
        _refuse("definition.event_kind", element, event=element.event)
    is_cycle = element.timer_kind == "cycle"
    if is_cycle and element.kind != "startEvent" and not element.repeats:
        _refuse("definition.cycle_place", element)
    if element.kind == "boundaryEvent":
        _check_boundary(element, drawing)
    if element.sends:
        _check_work(element, drawing)


def _check_boundary(element: Element, drawing: Drawing) -> None:
    host = drawing.elements.get(element.attached_to or "")
    if host is None or host.kind not in ACTIVITY_KINDS:
        _refuse("definition.boundary_host", element)
    if element.event == "error" and not element.interrupting:
        _refuse("definition.error_interrupts", element)


def _check_conditions(element: Element, drawing: Drawing) -> None:
    if element.default_flow is not None and element.default_flow not in element.outgoing:
        _refuse("definition.default_flow", element)
    if len(element.outgoing) == 1:
        return
    for flow in (drawing.flows[name] for name in element.outgoing):
        if flow.condition is None and flow.id != element.default_flow:
            _refuse("definition.condition_missing", element, flow=flow.id)


def _check_race(element: Element, drawing: Drawing) -> None:
    for flow in (drawing.flows[name] for name in element.outgoing):
        target = drawing.elements[flow.target]
        if target.kind != "intermediateCatchEvent" or len(target.incoming) != 1:
            _refuse("definition.race_target", element, target=target.id)


def _check_work(element: Element, drawing: Drawing) -> None:
    if not element.task_type:
        _refuse("definition.task_type_missing", element)


def _check_rule(element: Element, drawing: Drawing) -> None:
    if element.called_decision is None and not element.task_type:
        _refuse("definition.decision_missing", element)


def _check_script(element: Element, drawing: Drawing) -> None:
    if element.script is None and not element.task_type:
        _refuse("definition.script_missing", element)


def _check_call(element: Element, drawing: Drawing) -> None:
    called = element.called_process
    if called is None or not called.id:
        _refuse("definition.call_missing", element)
    if called.id.startswith("="):
        _refuse("definition.call_by_expression", element)
    if called.id not in drawing.processes:
        _refuse("definition.call_unknown", element, process=called.id)
    if not _plain_starts(drawing, called.id, None):
        _refuse("definition.call_without_start", element, process=called.id)


def _check_subprocess(element: Element, drawing: Drawing) -> None:
    inside = [e for e in drawing.elements.values() if e.parent == element.id]
    starts = [e for e in inside if e.kind == "startEvent"]
    if len(starts) != 1 or starts[0].event != "none":
        _refuse("definition.subprocess_start", element, count=len(starts))
    if not any(e.kind == "endEvent" for e in inside):
        _refuse("definition.subprocess_end", element)


def _plain_starts(drawing: Drawing, process_id: str, parent: str | None) -> list[Element]:
    return [
        e
        for e in drawing.elements.values()
        if e.kind == "startEvent"
        and e.event == "none"
        and (e.process_id, e.parent) == (process_id, parent)
    ]


def _check_starts(drawing: Drawing) -> None:
    for process in drawing.processes.values():
        own = _top_level(drawing.elements.values(), process.id)
        if not any(element.kind == "startEvent" for element in own):
            raise DefinitionError("definition.no_start", file=process.file, element=process.id)
        plain = _plain_starts(drawing, process.id, None)
        if len(plain) > 1:
            _refuse("definition.several_starts", plain[1], other=plain[0].id)


def _top_level(elements: Iterable[Element], process_id: str) -> list[Element]:
    return [e for e in elements if e.process_id == process_id and e.parent is None]


CHECKS: dict[str, Callable[[Element, Drawing], None]] = {
    "exclusiveGateway": _check_conditions,
    "inclusiveGateway": _check_conditions,
    "eventBasedGateway": _check_race,
    "serviceTask": _check_work,
    "sendTask": _check_work,
    "businessRuleTask": _check_rule,
    "scriptTask": _check_script,
    "callActivity": _check_call,
    "subProcess": _check_subprocess,
}
