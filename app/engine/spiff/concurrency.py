"""Which places of one level of a drawing may hold tokens side by side, and which joins starve.

A level is one process or sub-process. Places are elements, and at a join the flows that arrive
there. Both questions are asked before a running instance is put into another drawing: where every
pair of its tokens may stand side by side and every join can fill, nothing doubles and nothing
hangs. The answer is that of a Petri net without data, worked out once per level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from app.engine.spiff.model import Element
from app.engine.spiff.upstream import CHOICES, JOINS

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

Level = tuple[str, str | None]  # a process, and the sub-process in it


@dataclass(frozen=True)
class Step:
    """Tokens that are taken and given at once; a patient one needs all that it takes."""

    takes: frozenset[str]
    gives: frozenset[str]
    patient: bool = True


class Net:
    """The steps of one level."""

    def __init__(self, definition: Definition, level: Level) -> None:
        self._definition = definition
        elements = definition.elements.values()
        own = [e for e in elements if (e.process_id, e.parent) == level]
        self.steps = frozenset(step for element in own for step in self._steps(element))

    def _entry(self, flow_id: str) -> str:
        """Return the place that a token comes to by a flow."""
        target = self._definition.flows[flow_id].target
        return flow_id if self._definition.elements[target].kind in JOINS else target

    def _steps(self, element: Element) -> Iterator[Step]:
        outgoing = [self._entry(flow) for flow in element.outgoing]
        if element.attached_to is not None:
            host = frozenset({element.attached_to})
            yield Step(host, frozenset(outgoing) | (frozenset() if element.interrupting else host))
        elif element.kind in JOINS:
            taken = frozenset(element.incoming)
            yield Step(taken, frozenset(outgoing), element.kind != "inclusiveGateway")
        elif element.kind in CHOICES:
            for place in outgoing:
                yield Step(frozenset({element.id}), frozenset({place}))
        else:
            yield Step(frozenset({element.id}), frozenset(outgoing))

    def renamed(self, names: Mapping[str, str]) -> frozenset[Step]:
        """Return the steps with other names."""

        def now(places: frozenset[str]) -> frozenset[str]:
            return frozenset(names.get(place, place) for place in places)

        return frozenset(Step(now(s.takes), now(s.gives), s.patient) for s in self.steps)

    def apart(self, places: Iterable[str]) -> tuple[str, str] | None:
        """Return two of these places that never hold tokens side by side, or None."""
        for one, other in combinations(places, 2):
            if other not in self._together.get(one, ()):
                return one, other
        return None

    @cached_property
    def _together(self) -> Mapping[str, set[str]]:
        return dict(_Together(self.steps).found)

    def starving(self, places: Iterable[str]) -> list[Step]:
        """Return the joins that some token comes to and that can never be filled."""
        marked = set(places)
        while True:
            given = {p for step in self.steps if _may_go(step, marked) for p in step.gives}
            if given <= marked:
                break
            marked |= given
        joins = [step for step in self.steps if step.patient and len(step.takes) > 1]
        return [step for step in joins if step.takes & marked and not step.takes <= marked]


def _may_go(step: Step, marked: set[str]) -> bool:
    return step.takes <= marked if step.patient else not step.takes.isdisjoint(marked)


class _Together:
    """The places that may hold a token at the same time, by place.

    What a step gives stands side by side; whatever may stand beside all that a step takes may stand
    beside all that it gives.
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.found: defaultdict[str, set[str]] = defaultdict(set)
        self._fresh: list[tuple[str, str]] = []
        self._taking: defaultdict[str, list[Step]] = defaultdict(list)
        for step in steps:
            for place in step.takes:
                self._taking[place].append(step)
            for one, other in combinations(step.gives, 2):
                self._add(one, other)
        while self._fresh:
            one, other = self._fresh.pop()
            self._spread(one, other)
            self._spread(other, one)

    def _add(self, one: str, other: str) -> None:
        if other not in self.found[one]:
            self.found[one].add(other)
            self.found[other].add(one)
            self._fresh.append((one, other))

    def _spread(self, one: str, other: str) -> None:
        for step in self._taking[other]:
            if step.takes <= self.found[one]:
                for given in step.gives:
                    self._add(one, given)
