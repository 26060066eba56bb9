"""Checks of zeebe properties, headers and due dates: a misspelt one must not pass silently."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.codes import code_list
from app.engine.arming import CYCLE
from app.engine.bundles import Compiled
from app.engine.cancelling import MAY_CANCEL
from app.engine.checks.finding import Finding, meant
from app.engine.guards import DURING_HOLD, OPEN
from app.engine.projection import STAGE
from app.engine.sending import SENT_BY
from app.engine.situation import WORKING_DAYS
from app.engine.spiff import (
    AFTER_RETURN,
    BACK,
    MAY_RETURN_TO,
    OTHER_BRANCHES,
    STAND,
    Element,
)

KNOWN = frozenset(
    {
        *("guard", "notSameAs", STAGE, "calendar", "period", "legalBasis", "consequence"),
        *(SENT_BY, DURING_HOLD, "progress"),
        *(MAY_RETURN_TO, AFTER_RETURN, OTHER_BRANCHES, MAY_CANCEL),
    }
)
# What a property may say beside being left out.
VALUES = {
    "calendar": (WORKING_DAYS,),
    DURING_HOLD: (OPEN,),
    "progress": ("hidden", "reached"),
    AFTER_RETURN: (BACK,),
    OTHER_BRANCHES: (STAND,),
    MAY_CANCEL: ("true",),
}
STATES = tuple(code.code for code in code_list("case_state"))
LISTENED = frozenset({"start", "end"})
# What the Modeler keeps for itself, such as example data for its variable picker.
DESIGN_TIME = "camundaModeler:"
DURATION = re.compile(r"^P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?$")
INSTANT = re.compile(r"^\d{4}-\d{2}-\d{2}(T.+(Z|[+-]\d{2}:?\d{2}).*)?$")
WHOLE_DAYS = re.compile(r"^P\d+D$")


def check(compiled: Compiled) -> list[Finding]:
    """Return what is written where nothing reads it, or cannot be read."""
    found: list[Finding] = []
    for element in compiled.definition.elements.values():
        found += _properties(element)
        found += _headers(element)
        found += _times(element)
        found += _without_effect(element)
    for process in compiled.definition.processes.values():
        if process.listeners:
            fields = {"file": process.file, "element": process.id, "event": "process"}
            found.append(Finding.of("check.listener_event", **fields))
    return found


def _finding(code: str, element: Element, **fields: str) -> Finding:
    return Finding.of(code, file=element.file, element=element.id, **fields)


def _properties(element: Element) -> Iterator[Finding]:
    unknown = {name for name in element.properties if not name.startswith(DESIGN_TIME)} - KNOWN
    for name in sorted(unknown):
        yield _finding("check.property_unknown", element, name=name, meant=meant(name, KNOWN))
    for name, values in {**VALUES, STAGE: STATES}.items():
        value = element.properties.get(name)
        if value is not None and value not in values:
            known = "、".join(values)
            yield _finding("check.property_value", element, name=name, value=value, known=known)


def _without_effect(element: Element) -> Iterator[Finding]:
    """What Camunda would act on and the platform does not."""
    for event in sorted({listener.event_type for listener in element.listeners} - LISTENED):
        yield _finding("check.listener_event", element, event=event)
    if element.candidate_users:
        yield _finding("check.candidate_users", element)
    if element.retries is not None and not element.retries.isdecimal():
        yield _finding("check.retries", element, value=element.retries)


def _headers(element: Element) -> Iterator[Finding]:
    for name, value in element.headers.items():
        if value.startswith("="):
            yield _finding("check.header_expression", element, name=name)


def _times(element: Element) -> Iterator[Finding]:
    texts = {"dueDate": element.due_date, "followUpDate": element.follow_up_date}
    if element.timer_kind in ("duration", "date"):
        texts["timer"] = element.timer_expression
    for name, text in texts.items():
        if text and not text.startswith("=") and not (DURATION.match(text) or INSTANT.match(text)):
            yield _finding("check.time_unreadable", element, name=name, value=text)
        elif text and _counts_no_days(element, text):
            yield _finding("check.working_days", element, name=name, value=text)
    cycle = element.timer_expression or "" if element.timer_kind == "cycle" else "="
    if not cycle.startswith("=") and not _is_cycle(cycle):
        yield _finding("check.time_unreadable", element, name="timer", value=cycle)


def _counts_no_days(element: Element, text: str) -> bool:
    """Tell whether a plain duration asks for something else than whole working days."""
    by_calendar = element.properties.get("calendar") == WORKING_DAYS
    return by_calendar and text.startswith("P") and not WHOLE_DAYS.match(text)


def _is_cycle(text: str) -> bool:
    found = CYCLE.match(text)
    return found is not None and DURATION.match(found["duration"]) is not None
