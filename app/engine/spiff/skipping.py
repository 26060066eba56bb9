"""What a case would pass over, or do once more, when its token is put into another drawing.

A step is skipped when it lies before the token in the new drawing, did not lie before it in the
old one, was never done, and nothing lies between it and what was done but more of the kind; and
when it is new behind something done and no token can come to it. A branch that the case did not
take is no such way. Pure over two drawings and the elements done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.engine.spiff.concurrency import Level
from app.engine.spiff.model import ACTIVITY_KINDS, Element
from app.engine.spiff.upstream import CHOICES

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
        return [e.id for e in self.new.elements.values() if e.id in found and e.kind in WORK]

    def left_out(self, standing: Sequence[str]) -> list[str]:
        """Return what is new behind something done, as on a further branch, and ahead of nobody."""
        elements, known = self.new.elements, set(map(self.now, self.old.elements))
        done = set(map(self.now, self.done)) & elements.keys()
        ahead = reach(self.new, [target for name in standing for target in self._exits(name)])
        found: set[str] = set()
        waiting = [t for name in done if elements[name].kind not in CHOICES for t in self._to(name)]
        while waiting:
            name = waiting.pop()
            if name not in known | ahead | found | set(standing):
                found.add(name)
                waiting += self._to(name)
        return [e.id for e in elements.values() if e.id in found and e.kind in WORK]

    def _to(self, name: str) -> list[str]:
        return [self.new.flows[flow].target for flow in self.new.elements[name].outgoing]

    def _exits(self, name: str) -> list[str]:
        """Return what comes directly after an element, events on it included."""
        return [*self._to(name), *self.new.attached.get(name, ())]

    def repeated(self, before: Place, after: Place) -> list[str]:
        """Return the elements done before that newly lie ahead of a token."""
        done = set(map(self.now, self.done))
        known = set(map(self.now, _ahead(self.old, before.element)))
        found = _ahead(self.new, after.element) & done - known - {after.element}
        return [e.id for e in self.new.elements.values() if e.id in found and e.kind in WORK]


def level_in(body: Element) -> Level:
    """Return the level inside a sub-process or a call."""
    called = body.called_process
    return (called.id, None) if called is not None else (body.process_id, body.id)


def reach(definition: Definition, names: Iterable[str]) -> set[str]:
    """Return elements, what lies ahead of them, what is inside all that, and the events on it."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found or name not in definition.elements:
            continue
        found.add(name)
        element, level = definition.elements[name], level_in(definition.elements[name])
        waiting += definition.attached.get(name, ())
        waiting += [definition.flows[flow].target for flow in element.outgoing]
        waiting += [e.id for e in definition.elements.values() if (e.process_id, e.parent) == level]
    return found


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
