"""What a case would pass over, or do once more, when its token is put into another drawing.

A step is skipped when it lies before the token in the new drawing, did not lie before it in the
old one, was never done, and nothing lies between it and what was done but more of the kind. A
branch that the case did not take is no such way. Pure over two drawings and the elements done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.engine.spiff.model import ACTIVITY_KINDS, Element

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

WORK = ACTIVITY_KINDS | {"intermediateCatchEvent"}


@dataclass(frozen=True)
class Place:
    """Where a token stands: on an element, or arrived at it by a flow."""

    element: str
    flow: str | None = None


@dataclass(frozen=True)
class Look:
    """Two drawings, how the first one's elements are called in the second, and what was done."""

    old: Definition
    new: Definition
    renamed: Mapping[str, str]
    done: frozenset[str]  # by the old names

    def now(self, name: str) -> str:
        """Return the new name of an element."""
        return self.renamed.get(name, name)

    def skipped(self, before: Place, after: Place) -> list[str]:
        """Return the elements that a token passes over, in the order of the drawing."""
        done = frozenset(map(self.now, _with_hosts(self.old, self.done)))
        known = {self.now(name) for name in _behind(self.old, before, self.done)}
        behind = _behind(self.new, after, done)
        passable = {name for name in behind if name in done or name not in known}
        linked = _linked(self.new, after, passable, done)
        found = {name for name in linked if name not in done and name not in known}
        found |= set(self._inside(linked & done))
        return [e.id for e in self.new.elements.values() if e.id in found and e.kind in WORK]

    def repeated(self, before: Place, after: Place) -> list[str]:
        """Return the elements done before that newly lie ahead of a token."""
        done = set(map(self.now, self.done))
        known = set(map(self.now, _ahead(self.old, before.element)))
        found = _ahead(self.new, after.element) & done - known - {after.element}
        return [e.id for e in self.new.elements.values() if e.id in found and e.kind in WORK]

    def _inside(self, bodies: Iterable[str]) -> Iterator[str]:
        """Yield what is new inside bodies that have ended."""
        known = set(map(self.now, self.old.elements))
        for name in bodies:
            inside = list(_within(self.new, self.new.elements[name]))
            yield from (e.id for e in inside if e.id not in known)
            yield from self._inside(e.id for e in inside if e.id in known)


def _within(definition: Definition, body: Element) -> Iterator[Element]:
    """Yield the elements drawn directly inside a sub-process or a called process."""
    called = body.called_process
    level = (called.id, None) if called is not None else (body.process_id, body.id)
    for element in definition.elements.values():
        if (element.process_id, element.parent) == level:
            yield element


def _with_hosts(definition: Definition, done: frozenset[str]) -> set[str]:
    """Add the activities that an event done on them has interrupted."""
    elements = [definition.elements[name] for name in done if name in definition.elements]
    return {*done, *(e.attached_to for e in elements if e.attached_to is not None)}


def _sources(definition: Definition, place: Place, done: Iterable[str]) -> list[str]:
    """Return the elements that a token may have come from; exceptions only if they happened."""
    if place.flow is not None:
        return [definition.flows[place.flow].source]
    element = definition.elements[place.element]
    found = [definition.flows[flow].source for flow in element.incoming]
    if element.attached_to is not None and element.id in done:
        found.append(element.attached_to)
    return found


def _behind(definition: Definition, place: Place, done: Iterable[str]) -> set[str]:
    """Return the elements that lie behind a place, it itself not passed again."""
    found: set[str] = set()
    waiting = _sources(definition, place, done)
    while waiting:
        name = waiting.pop()
        if name not in found and name != place.element:
            found.add(name)
            waiting += _sources(definition, Place(name), done)
    return found


def _linked(
    definition: Definition, place: Place, passable: set[str], done: Iterable[str]
) -> set[str]:
    """Return the passable elements on a way from something done to the place."""
    back: set[str] = set()
    waiting = _sources(definition, place, done)
    while waiting:
        name = waiting.pop()
        if name in passable and name not in back:
            back.add(name)
            waiting += _sources(definition, Place(name), done)
    found = back & set(done)
    waiting = list(found)
    while waiting:
        element = definition.elements[waiting.pop()]
        for target in (definition.flows[flow].target for flow in element.outgoing):
            if target in back and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _ahead(definition: Definition, name: str) -> set[str]:
    flows = definition.flows_ahead(name, "")
    return {definition.flows[flow].target for flow in flows}
