"""What an operator is shown of an expression that failed: where it stands, and what it saw.

Only values that the expression names are kept, never whole contexts. What a fact or the acting
person brings may be personal: of that, texts are left out; elsewhere what is shaped like an
identity or mobile number is masked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from app.domain.access.masks import mask_personal
from app.engine.situation import Situation
from app.engine.spiff import DECISION, Asked, Element, Failure
from app.errors import AppError
from app.messages import message

LONGEST = 200
ATTRIBUTE = "attribute"
LEFT_OUT = "…"
Evidence = dict[str, Any]


@contextmanager
def blamed_on(attribute: str) -> Iterator[None]:
    """Let an error of a value say to which attribute of its element it belongs."""
    try:
        yield
    except AppError as error:
        error.fields.setdefault(ATTRIBUTE, attribute)
        raise


def evidence_of(failure: Failure, here: Situation) -> Evidence | None:
    """Return file, element, attribute, expression and values of a failure; None without any."""
    asked = failure.asked
    if asked is None or not isinstance(failure.error, AppError):
        return None
    wanted = failure.error.fields.get("expression")
    named = [e for e in asked.expressions if wanted in (None, e, e.removeprefix("="))]
    expressions = named or asked.expressions
    return {
        "file": asked.element.file,
        "element": asked.element.id,
        "name": asked.element.name,
        "attribute": asked.attribute,
        "expression": "；".join(expressions)[:LONGEST],
        "seen": list(_seen(asked, expressions, here)),
    }


def asked_of(element: Element, error: AppError, context: Mapping[str, Any]) -> Asked | None:
    """Return what was asked for the row of a task or timer that could not be made."""
    texts = {
        "candidateGroups": element.candidate_groups,
        "assignee": element.assignee,
        "dueDate": element.due_date,
        "followUpDate": element.follow_up_date,
        "priority": element.priority,
        "timer": element.timer_expression,
    }
    stated = error.fields.get("expression")
    for attribute, text in texts.items():
        if text and (attribute == error.fields.get(ATTRIBUTE) or text.removeprefix("=") == stated):
            return Asked(element, attribute, (text,), context)
    return None


def shown(value: Any) -> str:
    """Return a value as an operator reads it: as JSON, short, and without identity numbers."""
    text = mask_personal(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= LONGEST else text[:LONGEST] + LEFT_OUT


def _seen(asked: Asked, expressions: Sequence[str], here: Situation) -> Iterator[list[str]]:
    """Yield each name that the expressions read, with what stood there."""
    for path in sorted(_paths(asked, expressions, here)):
        root, *inside = path.split(".")
        try:
            value = replace(here, variables=asked.context).value(root)
        except Exception as error:  # a fact that cannot be worked out is itself the finding
            yield [path, type(error).__name__]
            continue
        for name in inside:
            value = value.get(name) if isinstance(value, Mapping) else None
        if root not in asked.context:
            value = _without_texts(value)
        yield [path, message("engine.nothing") if value is None else shown(value)]


def _paths(asked: Asked, expressions: Sequence[str], here: Situation) -> set[str]:
    if asked.attribute == DECISION:
        return {
            name
            for decision_id in expressions
            if decision_id in here.bundle.decisions
            for name in here.bundle.decisions[decision_id].names
        }
    found: set[str] = set()
    for expression in expressions:
        if expression.startswith("="):
            found |= _read_by(expression, here)
    return found


def _read_by(expression: str, here: Situation) -> set[str]:
    try:
        analysis = here.tools.feel.analyse(expression[1:])
    except AppError:
        return set()  # the error itself says what is wrong with its writing
    names = analysis.names - analysis.in_filters
    paths = {path for path in analysis.paths if path.partition(".")[0] in names}
    return paths | {name for name in names if not any(p.startswith(f"{name}.") for p in paths)}


def _without_texts(value: Any) -> Any:
    if isinstance(value, str):
        return LEFT_OUT if value else value
    if isinstance(value, Mapping):
        return {name: _without_texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_texts(inner) for inner in value]
    return value
