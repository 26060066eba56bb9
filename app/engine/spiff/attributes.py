"""The attributes of one drawn element: its event definition, its loop and its `zeebe:` children.

Pure look-ups on lxml nodes, used by `reading` alone.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from app.engine.spiff.model import (
    THROWING,
    CalledDecision,
    CalledProcess,
    Listener,
    Loop,
    Script,
)
from app.engine.spiff.xml import BPMN, ZEEBE, local
from app.errors import DefinitionError

EVENT_DEFINITIONS = {
    "timerEventDefinition": "timer",
    "messageEventDefinition": "message",
    "errorEventDefinition": "error",
    "terminateEventDefinition": "terminate",
}
MESSAGE = "messageEventDefinition"
TIMER_KINDS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}
NOTHING = "=null"  # what a mapping without a source gives
EVENT_KINDS = frozenset(
    {
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
    }
)


def children(node: etree._Element, name: str, namespace: str = BPMN) -> list[etree._Element]:
    """Return the direct children of this name."""
    return list(node.findall(f"{{{namespace}}}{name}"))


def first(node: etree._Element, name: str, namespace: str = BPMN) -> etree._Element | None:
    """Return the first direct child of this name, or None."""
    return node.find(f"{{{namespace}}}{name}")


def text_of(node: etree._Element | None) -> str:
    """Return a node's text without surrounding blanks."""
    return (node.text or "").strip() if node is not None else ""


def extension(node: etree._Element, name: str) -> etree._Element | None:
    """Return a `zeebe:` extension element of a node, or None."""
    return node.find(f"{{{BPMN}}}extensionElements/{{{ZEEBE}}}{name}")


def properties(node: etree._Element) -> dict[str, str]:
    """Return the `zeebe:property` pairs of a node."""
    found = extension(node, "properties")
    if found is None:
        return {}
    return {p.get("name", ""): p.get("value", "") for p in children(found, "property", ZEEBE)}


def listeners(node: etree._Element) -> tuple[Listener, ...]:
    """Return execution and task listeners in document order."""
    found = []
    for group, entry in (
        ("executionListeners", "executionListener"),
        ("taskListeners", "taskListener"),
    ):
        holder = extension(node, group)
        for listener in children(holder, entry, ZEEBE) if holder is not None else ():
            found.append(
                Listener(
                    listener.get("eventType", ""), listener.get("type", ""), _headers(listener)
                )
            )
    return tuple(found)


def loop_of(node: etree._Element, file: str) -> Loop | None:
    """Return the multi-instance characteristics of an activity, or None."""
    drawn = first(node, "multiInstanceLoopCharacteristics")
    if drawn is None:
        return None
    found = extension(drawn, "loopCharacteristics")
    collection = found.get("inputCollection") if found is not None else None
    if found is None or not collection:
        raise DefinitionError("definition.loop_collection", file=file, element=node.get("id", ""))
    output, output_element = found.get("outputCollection"), found.get("outputElement")
    if bool(output) != bool(output_element):
        raise DefinitionError("definition.loop_output", file=file, element=node.get("id", ""))
    condition = first(drawn, "completionCondition")
    return Loop(
        input_collection=collection,
        input_element=found.get("inputElement"),
        output_collection=output,
        output_element=output_element,
        completion_condition=text_of(condition) or None,
        sequential=drawn.get("isSequential") == "true",
    )


def event_attributes(node: etree._Element, file: str) -> dict[str, Any]:
    """Return the event fields of `Element`; empty for anything that is no event."""
    kind = local(node)
    if kind == "receiveTask":
        return {"event": "message", **_message(node, node, file)}
    if kind not in EVENT_KINDS:
        return {}
    drawn = [child for child in node if isinstance(child.tag, str)]
    definitions = [child for child in drawn if local(child) in EVENT_DEFINITIONS]
    if len(definitions) > 1:
        raise DefinitionError("definition.several_events", file=file, element=node.get("id", ""))
    found: dict[str, Any] = {
        "event": "none",
        "attached_to": node.get("attachedToRef"),
        "interrupting": node.get("cancelActivity", "true") == "true",
    }
    if definitions and kind in THROWING and local(definitions[0]) == MESSAGE:
        found["event"] = "message"  # an operation knows its name and key
    elif definitions:
        found |= _definition(node, definitions[0], file)
    return found


def _definition(node: etree._Element, drawn: etree._Element, file: str) -> dict[str, Any]:
    event = EVENT_DEFINITIONS[local(drawn)]
    if event == "timer":
        return {"event": event, **_timer(node, drawn, file)}
    if event == "message":
        return {"event": event, **_message(node, drawn, file)}
    if event == "error":
        return {"event": event, **_error(node, drawn, file)}
    return {"event": event}


def _timer(node: etree._Element, drawn: etree._Element, file: str) -> dict[str, Any]:
    for tag, kind in TIMER_KINDS.items():
        expression = text_of(first(drawn, tag))
        if expression:
            return {"timer_kind": kind, "timer_expression": expression}
    raise DefinitionError("definition.timer_empty", file=file, element=node.get("id", ""))


def _message(node: etree._Element, drawn: etree._Element, file: str) -> dict[str, Any]:
    message = _referred(drawn, "message", drawn.get("messageRef"))
    if message is None or not message.get("name"):
        raise DefinitionError("definition.message_missing", file=file, element=node.get("id", ""))
    if message.get("name", "").startswith("="):
        raise DefinitionError(
            "definition.name_by_expression", file=file, element=node.get("id", "")
        )
    subscription = extension(message, "subscription")
    key = None if subscription is None else subscription.get("correlationKey")
    return {"message": message.get("name"), "correlation_key": key}


def _error(node: etree._Element, drawn: etree._Element, file: str) -> dict[str, Any]:
    reference = drawn.get("errorRef")
    if reference is None:
        return {"error_code": None}
    error = _referred(drawn, "error", reference)
    if error is None or not error.get("errorCode"):
        raise DefinitionError("definition.error_missing", file=file, element=node.get("id", ""))
    if error.get("errorCode", "").startswith("="):
        raise DefinitionError(
            "definition.name_by_expression", file=file, element=node.get("id", "")
        )
    return {"error_code": error.get("errorCode")}


def _require_fixed(name: str, node: etree._Element, file: str) -> None:
    if name.startswith("="):
        element = node.get("id", "")
        raise DefinitionError("definition.name_by_expression", file=file, element=element)


def _referred(node: etree._Element, tag: str, name: str | None) -> etree._Element | None:
    root = node.getroottree().getroot()
    return next((found for found in children(root, tag) if found.get("id") == name), None)


def zeebe_attributes(node: etree._Element, file: str) -> dict[str, Any]:
    """Return the `zeebe:` fields of `Element`."""
    return {
        **_people(node),
        **_work(node, file),
        "inputs": _mappings(node, "input"),
        "outputs": _mappings(node, "output"),
        "properties": properties(node),
        "listeners": listeners(node),
    }


def _people(node: etree._Element) -> dict[str, Any]:
    form = extension(node, "formDefinition")
    assignment = extension(node, "assignmentDefinition")
    schedule = extension(node, "taskSchedule")
    priority = extension(node, "priorityDefinition")
    return {
        "form_id": _get(form, "formId"),
        "assignee": _get(assignment, "assignee"),
        "candidate_groups": _get(assignment, "candidateGroups"),
        "candidate_users": _get(assignment, "candidateUsers"),
        "due_date": _get(schedule, "dueDate"),
        "follow_up_date": _get(schedule, "followUpDate"),
        "priority": _get(priority, "priority"),
    }


def _work(node: etree._Element, file: str) -> dict[str, Any]:
    task = extension(node, "taskDefinition")
    return {
        "task_type": _get(task, "type"),
        "retries": _get(task, "retries"),
        "headers": _headers(extension(node, "taskHeaders")),
        "called_decision": _called_decision(node, file),
        "called_process": _called_process(node),
        "script": _script(node, file),
    }


def _called_decision(node: etree._Element, file: str) -> CalledDecision | None:
    found = extension(node, "calledDecision")
    if found is None:
        return None
    decision, variable = found.get("decisionId"), found.get("resultVariable")
    if not decision or not variable:
        raise DefinitionError("definition.decision_missing", file=file, element=node.get("id", ""))
    return CalledDecision(decision, variable)


def _called_process(node: etree._Element) -> CalledProcess | None:
    found = extension(node, "calledElement")
    if found is None:
        return None
    return CalledProcess(
        found.get("processId", ""),
        propagate_parent=found.get("propagateAllParentVariables", "true") == "true",
        propagate_child=found.get("propagateAllChildVariables", "true") == "true",
    )


def _script(node: etree._Element, file: str) -> Script | None:
    found = extension(node, "script")
    if found is None:
        return None
    expression, variable = found.get("expression"), found.get("resultVariable")
    if not expression or not variable:
        raise DefinitionError("definition.script_missing", file=file, element=node.get("id", ""))
    return Script(expression, variable)


def _mappings(node: etree._Element, tag: str) -> tuple[tuple[str, str], ...]:
    mapping = extension(node, "ioMapping")
    if mapping is None:
        return ()
    found = children(mapping, tag, ZEEBE)
    return tuple((entry.get("source") or NOTHING, entry.get("target", "")) for entry in found)


def _headers(node: etree._Element | None) -> dict[str, str]:
    if node is None:
        return {}
    found = node.iter(f"{{{ZEEBE}}}header")
    return {header.get("key", ""): header.get("value", "") for header in found}


def _get(node: etree._Element | None, name: str) -> str | None:
    return None if node is None else node.get(name) or None
