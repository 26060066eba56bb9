"""What lies between two steps of one level of a drawing: may a case go back from one to the other?

Pure over the drawing. A level is one process or sub-process; a step in an inner one is stood for by
the body around it. `returning` moves the tokens, the publish check asks the same questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.engine.spiff.model import Element

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

JOINS = frozenset({"parallelGateway", "inclusiveGateway"})
CHOICES = frozenset({"exclusiveGateway", "eventBasedGateway"})
Joins = Mapping[str, tuple[str, ...]]  # joins that pass all the same, with the flows they lack
# Why a case cannot go back; the sentences stand under `core.<code>`.
NOT_UPSTREAM, FINISHED_FORK = "return_not_upstream", "return_finished_fork"
UNCLEAR, SEVERAL = "return_unclear", "return_several"


@dataclass(frozen=True)
class Way:
    """How a level is left for a step behind: what is taken back, which joins are set up again."""

    obstacle: str | None = None
    places: frozenset[str] = frozenset()  # where tokens may stand that came from the target
    flows: frozenset[str] = frozenset()  # on which they may have arrived at a join
    standing: Joins = field(default_factory=dict)  # their flows count as arrived
    straight: bool = True  # nothing runs beside the way from the target to the returning step


@dataclass(frozen=True)
class Marking:
    """Where tokens may come to: places, flows, and joins that lack a flow."""

    places: frozenset[str]
    flows: frozenset[str]
    blocked: frozenset[str]


def way_between(definition: Definition, target: str, goal: str, *, stand: bool) -> Way:
    """Return the way from a returning step (`goal`) back to a target on the same level.

    `stand` lets a target in one branch of a finished fork pass: the other branches' results stand.
    """
    key = (target, goal, stand)
    if key not in definition.ways:
        definition.ways[key] = _way_between(Graph(definition), target, goal, stand)
    return definition.ways[key]


def _way_between(graph: Graph, target: str, goal: str, stand: bool) -> Way:
    if target == goal or goal not in graph.reach(target)[0]:
        return Way(NOT_UPSTREAM)
    joins = graph.joins_passed(target, goal, stand=stand)
    if joins is None:
        return Way(FINISHED_FORK)
    beside = graph.beside(target, goal, joins)
    if any(not graph.waits(join, goal, beside.flows) for join in beside.blocked):
        return Way(UNCLEAR)
    return Way(
        places=beside.places,
        flows=beside.flows,
        standing=joins,
        straight=not joins and not beside.blocked and not graph.has_end(beside.places),
    )


def way_out(definition: Definition, target: str, *, stand: bool) -> Way:
    """Return the way from a target inside an ended body to that body's end."""
    graph = Graph(definition)
    joins: Joins = {}
    while True:
        marked = graph.mark(graph.exits(target), None, joins)
        if not marked.blocked:
            return Way(standing=joins, straight=False)
        if not stand:
            return Way(FINISHED_FORK)
        joins = {**joins, **graph.missing(marked.blocked, marked.flows)}


class Graph:
    """The flows of a definition as this question needs them."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.elements = definition.elements

    def exits(self, name: str) -> list[str]:
        """Return the flows that leave an element or an event attached to it."""
        attached = self.definition.attached.get(name, ())
        return [flow for each in (name, *attached) for flow in self.elements[each].outgoing]

    def reach(self, start: str, *stops: str) -> tuple[set[str], set[str]]:
        """Return elements and flows that can be come to from an element, not passing a stop."""
        nodes: set[str] = set()
        flows: set[str] = set()
        waiting = self.exits(start)
        while waiting:
            flow = waiting.pop()
            if flow in flows:
                continue
            flows.add(flow)
            node = self.definition.flows[flow].target
            nodes.add(node)
            if node not in stops:
                waiting += self.exits(node)
        return nodes, flows

    def leading_to(self, goal: str, start: str) -> set[str]:
        """Return the elements from which a goal can be come to, the start among them."""
        found: set[str] = set()
        waiting = [goal]
        while waiting:
            element = self.elements[waiting.pop()]
            sources = [self.definition.flows[flow].source for flow in element.incoming]
            for name in [*sources, *([element.attached_to] if element.attached_to else [])]:
                if name not in found:
                    found.add(name)
                    waiting += [] if name == start else [name]
        return found

    def mark(self, flows: Iterable[str], stop: str | None, joins: Iterable[str]) -> Marking:
        """Let tokens run along flows; a join needs all of its flows unless it is among `joins`."""
        passed: set[str] = set()
        marked: set[str] = set()
        touched: set[str] = set()
        waiting = list(flows)
        while waiting:
            flow = waiting.pop()
            if flow in marked:
                continue
            marked.add(flow)
            node = self.definition.flows[flow].target
            touched.add(node)
            if node in passed or not (node in joins or self._is_complete(node, marked)):
                continue
            passed.add(node)
            waiting += [] if node == stop else self.exits(node)
        return Marking(frozenset(passed), frozenset(marked), frozenset(touched - passed))

    def _is_complete(self, name: str, marked: set[str]) -> bool:
        element = self.elements[name]
        return element.kind not in JOINS or marked.issuperset(element.incoming)

    def joins_passed(self, target: str, goal: str, *, stand: bool) -> Joins | None:
        """Return the joins of finished forks that must count as reached; None when not allowed."""
        joins: Joins = {}
        while True:
            marked = self.mark(self.exits(target), goal, joins)
            if goal in marked.places:
                return joins
            needed = marked.blocked & self.leading_to(goal, target)
            if not stand or not needed or any(self._is_inside(j, target, goal) for j in needed):
                return None
            joins = {**joins, **self.missing(needed, marked.flows)}

    def _is_inside(self, join: str, target: str, goal: str) -> bool:
        """Tell whether both steps stand between a fork and this join: they run side by side."""
        for element in self._splits(self.elements):
            found = self.reach(element.id, join)[0]
            if target in found and goal in found:
                return True
        return False

    def beside(self, target: str, goal: str, joins: Iterable[str]) -> Marking:
        """Return where tokens may stand that came from the target and are not the goal's."""
        behind = self.mark(self.exits(target), goal, joins).places | {target}
        leading = self.leading_to(goal, target)
        before = behind & leading
        flows = [flow for split in self._splits(before - {goal}) for flow in split.outgoing]
        for name in before | {goal}:
            flows += self._side_flows(name, leading)
        return self.mark(flows, goal, joins)

    def _side_flows(self, name: str, leading: set[str]) -> list[str]:
        """Return the flows beside the one a token took that met a non-interrupting event."""
        attached = self.definition.attached.get(name, ())
        events = [event for event in attached if not self.elements[event].interrupting]
        if leading.intersection(events):  # the goal is on the event's own branch
            return self.exits(name)
        return [flow for event in events for flow in self.elements[event].outgoing]

    def _splits(self, names: Iterable[str]) -> Iterator[Element]:
        for name in names:
            element = self.elements[name]
            if len(element.outgoing) > 1 and element.kind not in CHOICES:
                yield element

    def waits(self, join: str, goal: str, marked: frozenset[str]) -> bool:
        """Tell whether a join cannot have passed as long as the goal is not done."""
        ahead = self.reach(goal, join)[1]
        return any(flow in ahead for flow in set(self.elements[join].incoming) - marked)

    def missing(self, joins: Iterable[str], marked: frozenset[str]) -> Joins:
        """Return the flows of each join that no token brings."""
        incoming = {join: self.elements[join].incoming for join in sorted(joins)}
        return {j: tuple(f for f in flows if f not in marked) for j, flows in incoming.items()}

    def has_end(self, places: Iterable[str]) -> bool:
        """Tell whether a branch ends for itself."""
        return any(not self.elements[name].outgoing for name in places)
