"""Saying what differs in a scenario: which step, what, what was expected, what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.codes import has_code, label
from app.engine.simulation.comparing import Mismatch
from app.engine.simulation.runner import Outcome
from app.messages import message

CODES = {"state": "case_state", "publicity": "publicity_state", "issuance": "issuance_state"}
ELEMENTS = frozenset({"open", "incidents"})


def told(outcome: Outcome, mismatch: Mismatch) -> str:
    """Return a difference as a sentence of its own: file, scenario and step are named."""
    step = mismatch.step
    return message(
        "scenario.told",
        file=outcome.scenario.file,
        name=outcome.scenario.name,
        place=message("scenario.step", step=step) if step else message("scenario.at_start"),
        said=said(mismatch, outcome.names),
    )


def said(mismatch: Mismatch, names: Mapping[str, str]) -> str:
    """Return a difference in words; `names` gives those for the ids of elements."""
    kind, _, about = mismatch.what.partition(" ")
    if kind == "refused":
        return _refusal(mismatch)
    return message(
        "scenario.differs",
        what=message(f"scenario.what_{kind}", about=_named(about, names)),
        expected=_words(kind, mismatch.expected, names),
        found=_words(kind, mismatch.found, names),
    )


def _refusal(mismatch: Mismatch) -> str:
    if mismatch.expected is None:
        return message("scenario.was_refused", found=mismatch.found)
    if mismatch.found is None:
        return message("scenario.not_refused", expected=mismatch.expected)
    return message("scenario.refused_otherwise", expected=mismatch.expected, found=mismatch.found)


def _words(kind: str, value: Any, names: Mapping[str, str]) -> str:
    if value is None or value == [] or value == "":
        return message("scenario.none")
    if isinstance(value, list):
        said = (_named(str(item), names) if kind in ELEMENTS else str(item) for item in value)
        return "、".join(said)
    if kind in CODES and has_code(CODES[kind], str(value)):
        return f"{label(CODES[kind], str(value))}（{value}）"
    return str(value).replace("T", " ") if kind == "deadline" else str(value)


def _named(element: str, names: Mapping[str, str]) -> str:
    """Return the name of an element, or of a field in its form, with the id that is written."""
    found = names.get(element.partition(".")[0])
    return f"“{found}”（{element}）" if found else element
