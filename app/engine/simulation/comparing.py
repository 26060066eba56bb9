"""Comparing what people notice with what a scenario expects; only differences are told.

Lists under `documents` and `notices` say what must be there at least, those under `…_exactly` all
there is. A notice with recipients has gone to exactly these; to none means that it was not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.clock import SHANGHAI, local
from app.engine.simulation.observing import Observation
from app.engine.simulation.world import OpenedField

EXACTLY = "_exactly"
NEWEST = 3
Difference = tuple[str, Any, Any]


@dataclass(frozen=True)
class Eyes:
    """What is looked at only when a scenario asks for it."""

    opened: Callable[[str], Mapping[str, OpenedField]]
    history: Callable[[], list[str]]


@dataclass(frozen=True)
class Mismatch:
    """A step whose result differs from what was expected; `what` is a kind and what it is of."""

    step: int
    what: str
    expected: Any
    found: Any


def differences(expect: Mapping[str, Any], seen: Observation, eyes: Eyes) -> Iterator[Difference]:
    """Yield what differs: kind and subject, what was expected, what was found."""
    for name, wanted in expect.items():
        if name == "forms":
            pairs = _forms(wanted, eyes)
        elif name == "history":
            pairs = _history(wanted, eyes.history())
        else:
            pairs = COMPARED.get(name, _values)(name, wanted, seen)
        yield from (pair for pair in pairs if pair[1] != pair[2])


def _forms(wanted: Mapping[str, Any], eyes: Eyes) -> Iterator[Difference]:
    """A list stands for the choices that a field offers, anything else for what is filled in."""
    for element, fields in wanted.items():
        there = eyes.opened(element)
        for key, value in fields.items():
            field = there.get(key)
            if isinstance(value, list):
                found: Any = sorted(field.choices) if field else None
                yield f"choices {element}.{key}", sorted(value), found
            else:
                yield f"filled {element}.{key}", value, field.value if field else None


def _open(name: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    yield name, sorted(wanted), sorted(seen.open)


def _groups(name: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    for element, groups in wanted.items():
        yield f"{name} {element}", sorted(groups), sorted(seen.groups.get(element, []))


def _deadlines(_: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    for about, instant in wanted.items():
        yield f"deadline {about}", _minute(instant), _minute(seen.deadlines.get(about))


def _title(name: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    for field, value in wanted.items():
        yield f"{name} {field}", value, seen.title.get(field)


def _exactly(name: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    yield name, sorted(wanted), sorted(getattr(seen, name.removesuffix(EXACTLY)))


def _at_least(name: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    found = getattr(seen, name)
    if not set(wanted) <= set(found):
        yield name, sorted(wanted), sorted(found)


def _notices(name: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    if not isinstance(wanted, Mapping):
        yield from _at_least(name, wanted, seen)
        return
    for template, recipients in wanted.items():
        yield f"notice {template}", sorted(recipients), sorted(seen.recipients.get(template, []))


def _history(wanted: Any, lines: list[str]) -> Iterator[Difference]:
    """Each text must stand in one line; words in it are looked for one by one."""
    for text in wanted:
        if not any(all(word in line for word in str(text).split()) for line in lines):
            yield "history", str(text), lines[:NEWEST]


def _values(name: str, wanted: Any, seen: Observation) -> Iterator[Difference]:
    yield name, wanted, getattr(seen, name)


COMPARED: Mapping[str, Callable[[str, Any, Observation], Iterator[Difference]]] = {
    "open": _open,
    "groups": _groups,
    "deadlines": _deadlines,
    "title": _title,
    "documents": _at_least,
    "documents_exactly": _exactly,
    "notices": _notices,
    "notices_exactly": _exactly,
}


def _minute(value: Any) -> str | None:
    if value is None:
        return None
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=SHANGHAI)
    return f"{local(instant):%Y-%m-%dT%H:%M}"
