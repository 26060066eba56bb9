"""Guards: decisions, and holds, that may refuse an act before anything is written.

A start event or user task names them in its property `guard` (several separated by commas). Each
answers null or an empty list to let the act pass, else a message, a dict with `message`, or a list
of either. Pages ask the same guards to lock a button and say why and from when.
"""

from __future__ import annotations

from typing import Any

from app.domain.cases.holds import held_because
from app.engine.acting import suspended
from app.engine.situation import Situation
from app.engine.spiff import Element
from app.engine.tables import ProcessInstance
from app.errors import EngineError, Refused
from app.messages import message, sentence

GUARD, DURING_HOLD, OPEN = "guard", "duringHold", "open"


def guard_names(element: Element) -> list[str]:
    """Return the decisions that guard an element."""
    names = element.properties.get(GUARD, "").split(",")
    return [name.strip() for name in names if name.strip()]


def objections(element: Element, situation: Situation) -> list[str]:
    """Return why the act would be refused now; empty when it may go on."""
    found = hold_of(element, situation)
    for name in guard_names(element):
        _, verdict = situation.decide(name)
        found += _messages(verdict.output, name)
    return found


def hold_of(element: Element, situation: Situation) -> list[str]:
    """Return why the case stands still, unless this element is there to end a hold."""
    if situation.instance_id is not None:
        instance = situation.session.get_one(ProcessInstance, situation.instance_id)
        if instance.suspended_at is not None:
            return [sentence(suspended(instance))]
    case = situation.case
    if case is None or element.properties.get(DURING_HOLD) == OPEN:
        return []
    reason = held_because(situation.session, case.id)
    return [] if reason is None else [message("engine.case_held", reason=reason)]


def require_unguarded(element: Element, situation: Situation) -> None:
    """Raise Refused with all messages when any guard objects."""
    messages = objections(element, situation)
    if messages:
        raise Refused(messages)


def _messages(output: Any, decision: str) -> list[str]:
    if output is None or output == []:
        return []
    if isinstance(output, list):
        return [text for item in output for text in _messages(item, decision)]
    message = output.get("message") if isinstance(output, dict) else output
    if message is None:
        return []
    if not isinstance(message, str):
        raise EngineError("engine.guard_not_text", decision=decision, value=repr(output))
    return [message] if message else []
