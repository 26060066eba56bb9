"""The tokens of an instance seen together on the new drawing, level by level.

May they stand side by side there, can every join still fill, what would be passed over, and does
anything change at all from here on? Asked by `migrating` once every token has its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.engine.spiff.concurrency import Level
from app.engine.spiff.model import Element
from app.engine.spiff.moves import ALONE, ARRIVED, BODY_OF, HOST, RACE
from app.engine.spiff.passages import SIDES, STARVES, Correspondence, Obstacle
from app.engine.spiff.skipping import Look, Place, level_in, reach
from app.engine.spiff.upstream import JOINS
from app.engine.spiff.workflow import Instance

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition


@dataclass(frozen=True)
class Standing:
    """A token's place in both drawings."""

    before: Place
    after: Place

    @property
    def marking(self) -> str:
        """Return the place as a net names it."""
        return self.after.flow or self.after.element


@dataclass(frozen=True)
class Comparison:
    """An instance with the places of its tokens in the new drawing."""

    instance: Instance
    new: Definition
    given: Correspondence
    nodes: Mapping[str, Any]
    entering: Sequence[tuple[str | None, str]]
    data: Mapping[str, Mapping[str, Any]]

    def obstacles(self) -> list[Obstacle]:
        """Return where tokens could not have come to stand side by side, or would wait for ever."""
        found: list[Obstacle] = []
        for workflow in self.instance.workflows():
            if workflow.parent_task is not None and workflow.parent_task.id not in self.nodes:
                continue
            found += self._obstacles(workflow)
        return found

    def _obstacles(self, workflow: Any) -> Iterator[Obstacle]:
        old, new = self.instance.definition, self.new
        before, after = self._levels(workflow)
        net = new.net(after)
        standings = list(self._standings(workflow))
        moved = any(s.before.element in self.given.sent_to for s in standings)
        if not moved and old.net(before).renamed(self.given.renamed) == net.steps:
            return
        marked = {standing.marking: old.elements[standing.before.element] for standing in standings}
        apart = net.apart([standing.marking for standing in standings])
        if apart is not None:
            yield Obstacle(SIDES, marked[apart[0]])
        for step in net.starving(marked):
            came = next((marked[place] for place in marked if place in step.takes), None)
            yield Obstacle(STARVES, came or next(iter(marked.values())))

    def _levels(self, workflow: Any) -> tuple[Level, Level]:
        around = workflow.parent_task
        if around is None:
            return (self.instance.definition.process_id, None), (self.new.process_id, None)
        return level_in(around.task_spec.element), level_in(self.nodes[around.id].element)

    def _standings(self, workflow: Any) -> Iterator[Standing]:
        """Yield the tokens of a level that go on: of rivals one, of items and events their host."""
        races: set[str] = set()
        for task in workflow.living():
            data, element = task.internal_data, task.task_spec.element
            if {HOST, BODY_OF, ALONE} & data.keys() or data.get(RACE) in races:
                continue
            if element.id in self.given.sent_to:
                yield Standing(Place(element.id), Place(self.given.sent_to[element.id]))
            elif task.id in self.nodes:
                races |= {data[RACE]} if RACE in data else set()
                yield from self._standing(task, element)

    def _standing(self, task: Any, element: Element) -> Iterator[Standing]:
        node, data = self.nodes[task.id], task.internal_data
        if ARRIVED not in data:
            yield Standing(Place(element.id), Place(node.element.id))
            return
        for before, after in zip(data[ARRIVED], self.data[task.id][ARRIVED], strict=True):
            yield Standing(Place(element.id, before), Place(node.element.id, after))

    def skipped(self, done: frozenset[str]) -> tuple[Element, ...]:
        """Return the steps that the case would never pass."""
        look, standings = self._look(done), self._all()
        found = [look.skipped(each.before, each.after) for each in standings]
        return self._named([*found, look.left_out([each.after.element for each in standings])])

    def repeated(self, done: frozenset[str]) -> tuple[Element, ...]:
        """Return the steps done before that the case would newly come to again."""
        look = self._look(done)
        return self._named(look.repeated(s.before, s.after) for s in self._all())

    def _look(self, done: frozenset[str]) -> Look:
        return Look(self.instance.definition, self.new, self.given.renamed, done)

    def _all(self) -> list[Standing]:
        workflows = self.instance.workflows()
        return [standing for workflow in workflows for standing in self._standings(workflow)]

    def _named(self, found: Iterable[list[str]]) -> tuple[Element, ...]:
        names = dict.fromkeys(name for names in found for name in names)
        return tuple(self.new.elements[name] for name in names)

    def alike(self) -> bool:
        """Tell whether both drawings are the same from where the tokens stand."""
        old, new = self.instance.definition, self.new
        return all(
            _same(old, new, name)
            for standing in self._all()
            for name in reach(old, [standing.before.element])
            | reach(new, [standing.before.element])
        )


def _same(old: Definition, new: Definition, name: str) -> bool:
    one, other = old.elements.get(name), new.elements.get(name)
    if one is None or other is None:
        return False
    if one != (other if one.kind in JOINS else replace(other, incoming=one.incoming)):
        return False
    return all(old.flows[flow] == new.flows.get(flow) for flow in one.outgoing)
