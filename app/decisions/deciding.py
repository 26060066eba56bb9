"""Evaluates a decision and all that it requires: the whole graph in one call into the isolate.

A value of another type than declared, a cell that cannot be worked out and rules that contradict
their table's hit policy are errors; none of them silently counts as "does not match".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.decisions.model import Decision, Taken, Verdict
from app.feel import Feel, FeelError, Place


class DecisionError(FeelError):
    """A decision could not be taken; the fields name decision, rule and column."""


def decide(feel: Feel, decision: Decision, context: Mapping[str, Any]) -> Verdict:
    """Take a decision over a context that holds at least the names it needs."""
    needed = {name: context[name] for name in decision.names if name in context}
    request: dict[str, Any] = {"key": decision.key, "context": needed}
    try:
        answer = feel.call("decide", request)[0]
        if answer is None:
            answer = feel.call("decide", {**request, "model": decision.model})[0]
    except FeelError as error:
        raise _located(error, decision) from error
    taken = tuple(_taken(one) for one in answer)
    last = taken[-1]
    return Verdict(last.output, last.matched, last.inputs, decision.id, taken)


def _taken(one: dict[str, Any]) -> Taken:
    return Taken(one["id"], one["name"], one["output"], tuple(one["matched"]), one["inputs"])


def _located(error: FeelError, decision: Decision) -> DecisionError:
    details = {"rule": "", "column": "", **error.fields}
    for name in ("file", "element", "attribute", "index"):
        details.pop(name, None)
    taken = str(details.pop("decision", "") or decision.id)
    element = "/".join(part for part in (taken, str(details["rule"])) if part)
    place = Place(decision.file, element, str(details["column"]))
    return DecisionError(error.code, place=place, decision=taken, **details)
