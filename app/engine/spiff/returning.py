"""Sending a case back: tokens behind a task are taken away and the task is opened once more.

`upstream` says what lies between two steps of one level; here the level is found on which both
stand, ended bodies are entered again, and the tokens are moved. The act itself is in `run`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.engine.spiff.errors import CannotReturn
from app.engine.spiff.moves import (
    ARRIVED,
    BODY_OF,
    HOST,
    LIVING,
    RETURN,
    RETURNED,
    STRAIGHT,
    body_of,
    cancel,
    put_token,
)
from app.engine.spiff.scopes import called_scope
from app.engine.spiff.upstream import SEVERAL, Way, way_between, way_out

ENDED = "return_ended"


@dataclass(frozen=True)
class Route:
    """The way from a returning token to a task that was done before."""

    workflow: Any  # the level on which both stand
    standing: Any  # the returning token there, or the body around it
    entering: tuple[tuple[str, str], ...]  # ended bodies on the way in: element and token
    way: Way
    inside: tuple[Way, ...]  # from within each ended body to its end

    @property
    def straight(self) -> bool:
        """Tell whether the target may lead straight back to the returning token."""
        return not self.entering and self.way.straight


def route_to(task: Any, target: str, scope: str, *, stand: bool) -> Route:
    """Find the way to a user task that ran in a scope; raises CannotReturn."""
    instance = task.workflow.top_workflow
    element = instance.definition.elements[target]
    levels = levels_around(task)
    entering: list[tuple[str, str]] = []
    while scope not in levels:
        kept = instance.kept
        found = next((name for name in kept if _inner_scope(instance, name) == scope), None)
        if found is None:
            raise CannotReturn(ENDED, element)
        entering.insert(0, (kept[found].element, found))
        scope = kept[found].scope
    workflow, standing = levels[scope]
    steps = [name for name, _ in entering] + [target]
    if any(instance.definition.elements[name].loop is not None for name in steps):
        raise CannotReturn(SEVERAL, element)
    goal = standing.task_spec.element.id
    way = way_between(instance.definition, steps[0], goal, stand=stand)
    inside = [way_out(instance.definition, name, stand=stand) for name in steps[1:]]
    for each in (way, *inside):
        if each.obstacle:
            raise CannotReturn(each.obstacle, element)
    return Route(workflow, standing, tuple(entering), way, tuple(inside))


def levels_around(task: Any) -> dict[str, tuple[Any, Any]]:
    """Return the levels around a token, innermost first, each with the token that stands there."""
    found: dict[str, tuple[Any, Any]] = {}
    place: Any | None = task
    while place is not None:
        workflow = place.workflow
        found[workflow.scope] = (workflow, body_of(place) or place)
        place = workflow.parent_task
    return found


def _inner_scope(instance: Any, token_id: str) -> str:
    element = instance.definition.elements[instance.kept[token_id].element]
    return called_scope(token_id) if element.kind == "callActivity" else token_id


def send_back(task: Any) -> None:
    """Carry out a return that was noted on a token: take away, then open the target again."""
    plan = task.internal_data[RETURN]
    route = route_to(task, plan["to"], plan["scope"], stand=plan["stand"])
    cancel(task, "returned")
    cancel(route.standing)
    steps = [name for name, _ in route.entering] + [plan["to"]]
    _take_away(route, steps[0])
    data = {RETURNED: task.id}
    if plan["straight"] and route.straight:
        data[STRAIGHT] = route.standing.task_spec.element.id
    else:
        _set_up_joins(route.workflow, route.way)
    workflow = route.workflow
    for (name, token_id), way in zip(route.entering, route.inside, strict=True):
        workflow.top_workflow.kept.pop(token_id)
        workflow = workflow.spec.task_specs[name].enter_again(workflow, token_id)
        _set_up_joins(workflow, way)
    put_token(workflow, workflow.spec.task_specs[plan["to"]], data=data)
    look_around(task.workflow.top_workflow)


def _take_away(route: Route, first: str) -> None:
    """Cancel what came from the target since; a join forgets only what arrived from there."""
    for token in route.workflow.living():
        data, name = token.internal_data, token.task_spec.element.id
        if not token.has_state(LIVING) or HOST in data or BODY_OF in data:
            continue
        if name == first or name in route.way.places:
            cancel(token)
        elif ARRIVED in data:
            data[ARRIVED] = [flow for flow in data[ARRIVED] if flow not in route.way.flows]
            if not data[ARRIVED]:
                cancel(token)


def _set_up_joins(workflow: Any, way: Way) -> None:
    """Let the branches that are not run again count as arrived at their join."""
    for join, flows in way.standing.items():
        node = workflow.spec.task_specs[join]
        if not node.looks_around:  # an inclusive one sees for itself that nobody else will come
            put_token(workflow, node, data={ARRIVED: list(flows)})


def look_around(instance: Any) -> None:
    """Joins that wait for others must see that some of those have gone."""
    for token in instance.all_living():
        if token.task_spec.looks_around and ARRIVED in token.internal_data:
            token.task_spec._update(token)
