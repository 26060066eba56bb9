"""May an operator move a token from one step of a level to another? Pure over the drawing.

A move must leave every join with exactly the tokens that it waits for, and must not let a part of
the drawing run twice. What is refused names the join or the step that stands in the way; `moving`
moves the tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.engine.spiff.model import Element
from app.engine.spiff.upstream import JOINS, Graph

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

# Why a token cannot be moved; the sentences stand under `core.<code>`.
TO_START, TO_BOUNDARY, TO_JOIN, TO_RACE = (
    "move_to_start",
    "move_to_boundary",
    "move_to_join",
    "move_to_race",
)
BRANCH, WAITS, TWICE = "move_out_of_branch", "move_join_waits", "move_twice"


@dataclass(frozen=True)
class Stand:
    """Where another token of the level stands; at a join, on which flows it has come."""

    element: str
    arrived: tuple[str, ...] = ()


@dataclass(frozen=True)
class Obstacle:
    """Why a move is refused, and the join or step that stands in its way."""

    reason: str
    other: Element | None = None


def obstacle_at(definition: Definition, target: Element) -> Obstacle | None:
    """Return why no token may be put on an element at all, or None."""
    if target.kind == "startEvent":
        return Obstacle(TO_START)
    if target.kind == "boundaryEvent":
        return Obstacle(TO_BOUNDARY)
    if target.kind in JOINS and len(target.incoming) > 1:
        return Obstacle(TO_JOIN)
    sources = (definition.elements[definition.flows[flow].source] for flow in target.incoming)
    race = next((each for each in sources if each.kind == "eventBasedGateway"), None)
    return None if race is None else Obstacle(TO_RACE, race)


def obstacle_between(
    definition: Definition,
    start: Element,
    target: Element,
    others: Sequence[Stand],
    left: Sequence[Stand],
) -> Obstacle | None:
    """Return why a token may not go from a step to another; of the others some are left."""
    for join in opposing(definition, start, target):
        if any(_concerns(definition, join, other) for other in left):
            return Obstacle(BRANCH, join)
    waiting = _blocked(definition, target, left) - _blocked(definition, start, others)
    for name in sorted(waiting):
        return Obstacle(WAITS, definition.elements[name])
    for other in left:
        if _share(definition, target.id, other) and not _share(definition, start.id, other):
            return Obstacle(TWICE, definition.elements[other.element])
    return None


def opposing(definition: Definition, start: Element, target: Element) -> Iterator[Element]:
    """Yield the joins for which the two steps do not stand in the same branch."""
    for join in _joins(definition, start):
        one, two = (_branches(definition, each.id, join) for each in (start, target))
        if one != two and (_is_inside(one, join) or _is_inside(two, join)):
            yield join


def stands_inside(definition: Definition, join: Element, other: Stand) -> bool:
    """Tell whether a token waits at a join or stands in one of the branches that it joins."""
    inside = _is_inside(_branches(definition, other.element, join), join)
    return other.element == join.id or inside


def _joins(definition: Definition, beside: Element) -> Iterator[Element]:
    for element in definition.elements.values():
        level = (element.process_id, element.parent)
        is_join = element.kind in JOINS and len(element.incoming) > 1
        if is_join and level == (beside.process_id, beside.parent):
            yield element


def _branches(definition: Definition, name: str, join: Element) -> frozenset[str]:
    """Return the flows into a join that a token on an element may still come by."""
    return definition.flows_ahead(name, join.id).intersection(join.incoming)


def _is_inside(branches: frozenset[str], join: Element) -> bool:
    return 0 < len(branches) < len(join.incoming)


def _concerns(definition: Definition, join: Element, other: Stand) -> bool:
    """Tell whether a token waits at a join or may come to it."""
    return other.element == join.id or bool(_branches(definition, other.element, join))


def _blocked(definition: Definition, here: Element, others: Sequence[Stand]) -> frozenset[str]:
    """Return the parallel joins that would be come to but never complete.

    Inclusive ones see for themselves that nobody else will come.
    """
    graph, elements = Graph(definition), definition.elements
    inclusive = {name for name, each in elements.items() if each.kind == "inclusiveGateway"}
    flows = list(graph.exits(here.id))
    for other in others:
        flows += other.arrived or graph.exits(other.element)
    return graph.mark(flows, None, inclusive).blocked


def _share(definition: Definition, name: str, other: Stand) -> bool:
    """Tell whether two tokens stand on one way: one would come where the other is."""
    if other.arrived:
        return False
    there = other.element
    return name == there or there in _ahead(definition, name) or name in _ahead(definition, there)


def _ahead(definition: Definition, start: str) -> set[str]:
    """Return where the token itself may come to; what a side event begins is another's way."""
    elements, found, waiting = definition.elements, set[str](), [start]
    while waiting:
        name = waiting.pop()
        attached = [n for n in definition.attached.get(name, ()) if elements[n].interrupting]
        flows = [flow for each in (name, *attached) for flow in elements[each].outgoing]
        new = {definition.flows[flow].target for flow in flows} - found
        found |= new
        waiting += new
    return found
