"""Checks of what would run for ever: a cycle in which nothing waits, processes that call in a ring.

A sub-process or a called process waits only if no way leads through it without a wait; an error
may leave it, or a service task, at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.engine.bundles import Compiled
from app.engine.checks.finding import Finding
from app.engine.spiff import Definition, Element

DEEPEST_CALL = 10
WAITS = frozenset({"userTask", "receiveTask", "intermediateCatchEvent"})
SCOPES = frozenset({"callActivity", "subProcess"})
# What may throw an error by itself.
WORKS = frozenset({"serviceTask", "sendTask"})


def check(compiled: Compiled) -> list[Finding]:
    """Return every element of a cycle without a wait, and calls that are too deep."""
    return [*_cycles(compiled.definition), *_calls(compiled.definition)]


def _cycles(definition: Definition) -> Iterator[Finding]:
    ways = _Ways(definition)
    following = {name: list(ways.at_once(name)) for name in definition.elements}
    for name in following:
        if _reaches(following, name):
            element = definition.elements[name]
            yield Finding.of("check.cycle_without_wait", file=element.file, element=name)


class _Ways:
    """Where a token goes from an element without waiting for anybody."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._passed: dict[str, frozenset[str]] = {}
        self._attached: dict[str, list[Element]] = {}
        for element in definition.elements.values():
            if element.attached_to:
                self._attached.setdefault(element.attached_to, []).append(element)

    def at_once(self, name: str) -> Iterator[str]:
        """Yield the elements that follow at once."""
        element = self._definition.elements[name]
        inside = self._inside(element)
        if element.kind not in WAITS | SCOPES or "endEvent" in inside:
            yield from (self._definition.flows[flow].target for flow in element.outgoing)
        if element.kind in WORKS or inside & {"error", *WORKS}:
            yield from (each.id for each in self._attached.get(name, ()) if each.event == "error")

    def _inside(self, element: Element) -> frozenset[str]:
        """Return the kinds of what is reached inside a scope before anything waits."""
        if element.kind not in SCOPES:
            return frozenset()
        if element.id not in self._passed:
            self._passed[element.id] = frozenset()  # a ring of calls is told by its own finding
            self._passed[element.id] = frozenset(self._kinds(self._start_of(element)))
        return self._passed[element.id]

    def _start_of(self, element: Element) -> list[str]:
        called = element.called_process.id if element.called_process else element.process_id
        parent = None if element.called_process else element.id
        return [
            each.id
            for each in self._definition.elements.values()
            if each.kind == "startEvent"
            and each.event == "none"
            and (each.process_id, each.parent) == (called, parent)
        ]

    def _kinds(self, starts: Iterable[str]) -> Iterator[str]:
        seen: set[str] = set()
        waiting = list(starts)
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            element = self._definition.elements[name]
            yield "error" if element.event == "error" else element.kind
            waiting += self.at_once(name)


def _calls(definition: Definition) -> Iterator[Finding]:
    """Processes that call each other in a ring, or too many levels deep."""
    calls: dict[str, list[Element]] = {}
    for element in definition.elements.values():
        if element.called_process is not None:
            calls.setdefault(element.process_id, []).append(element)
    level = [element for elements in calls.values() for element in elements]
    for _ in range(DEEPEST_CALL):
        called = {element.called_process.id for element in level if element.called_process}
        level = [element for name in called for element in calls.get(name, ())]
    for element in level:
        fields = {"file": element.file, "element": element.id, "most": str(DEEPEST_CALL)}
        yield Finding.of("limits.call_depth", **fields)


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
