"""An operator's hand on tokens: moving one to another step, running a step once more beside them.

Both are acts that may fail: then nothing is written and the operator is told why. `relocating`
says which moves leave the drawing's joins whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.spiff.errors import CannotMove
from app.engine.spiff.model import Element
from app.engine.spiff.moves import (
    ALONE,
    ARRIVED,
    BODY_OF,
    HOST,
    RACE,
    cancel,
    is_shown,
    put_token,
    related,
)
from app.engine.spiff.relocating import (
    Obstacle,
    Stand,
    obstacle_at,
    obstacle_between,
    opposing,
    stands_inside,
)
from app.engine.spiff.returning import levels_around, look_around

REPEATED = frozenset({"serviceTask", "sendTask", "businessRuleTask", "scriptTask"})


@dataclass(frozen=True)
class Move:
    """A move that may be made: where to, and the tokens that go for it."""

    workflow: Any  # the level on which it is made
    node: Any
    standing: Any  # the token that is moved, or the body around it
    companions: tuple[Any, ...]  # other tokens that are taken away with it

    @property
    def taken_away(self) -> Iterator[Any]:
        """Yield every token that is taken away, those inside others too."""
        for task in (self.standing, *self.companions):
            yield from _with_inside(task)


def _with_inside(task: Any) -> Iterator[Any]:
    yield task
    inner = task.workflow.top_workflow.subprocesses.get(task.id)
    for each in [*related(task, BODY_OF), *(inner.living() if inner is not None else ())]:
        yield from _with_inside(each)


def plan_move(task: Any, target: str, *, together: bool) -> Move:
    """Return the move of a token to an element; raises CannotMove.

    `together` takes the other branches of the same fork away with it.
    """
    definition = task.workflow.top_workflow.definition
    element = definition.elements.get(target)
    if element is None or not can_be_moved(task):
        raise CannotMove("move_unknown", task.task_spec.element, element)
    workflow, standing = _level(task, element)
    start = standing.task_spec.element
    _refuse(obstacle_at(definition, element), start, element)
    rivals = related(task, RACE, task.internal_data.get(RACE)) if RACE in task.internal_data else []
    gone = {standing.id, *(each.id for each in rivals)}
    others = [each for each in workflow.living() if each.id not in gone and _counts(each)]
    companions = _companions(definition, start, element, others) if together else []
    left = [_stand(each) for each in others if each not in companions]
    before = [_stand(each) for each in others]
    _refuse(obstacle_between(definition, start, element, before, left), start, element)
    rivals = [each for each in rivals if each is not standing]
    node = workflow.spec.task_specs[target]
    return Move(workflow, node, standing, (*rivals, *companions))


def can_be_moved(task: Any) -> bool:
    """Tell whether a token may be moved by itself: armed events and joined branches may not."""
    data = task.internal_data
    return is_shown(task) and not {HOST, ARRIVED, ALONE} & set(data)


def _counts(task: Any) -> bool:
    """Tell whether a token is one of its level: items and armed events belong to others."""
    return not {HOST, BODY_OF, ALONE} & set(task.internal_data)


def _level(task: Any, target: Element) -> tuple[Any, Any]:
    """Return the innermost level around a token on which an element stands."""
    for workflow, standing in levels_around(task).values():
        if target.id in workflow.spec.task_specs:
            return workflow, standing
    raise CannotMove("move_other_level", task.task_spec.element, target)


def _companions(definition: Any, start: Element, target: Element, others: list[Any]) -> list[Any]:
    joins = list(opposing(definition, start, target))
    return [
        each
        for each in others
        if any(stands_inside(definition, join, _stand(each)) for join in joins)
    ]


def _stand(task: Any) -> Stand:
    return Stand(task.task_spec.element.id, tuple(task.internal_data.get(ARRIVED, ())))


def _refuse(obstacle: Obstacle | None, start: Element, target: Element) -> None:
    if obstacle is not None:
        raise CannotMove(obstacle.reason, start, target, obstacle.other)


def move(planned: Move) -> str:
    """Take away what a move takes and put a token on its target; returns the new token's id."""
    top = planned.workflow.top_workflow
    for task in (planned.standing, *planned.companions):
        cancel(task)
    flows = planned.node.element.incoming
    data = {ARRIVED: list(flows[:1])} if planned.node.joins else None
    token = put_token(planned.workflow, planned.node, data=data)
    look_around(top)
    top.deliver()
    return str(token.id)


def level_to_repeat(instance: Any, target: str) -> Any:
    """Return the level on which a step may run once more; raises CannotMove."""
    element = instance.definition.elements.get(target)
    if element is None or element.kind not in REPEATED or element.loop is not None:
        raise CannotMove("repeat_not_possible", element, element)
    levels = [w for w in instance.workflows() if target in w.spec.task_specs]
    if len(levels) != 1:
        raise CannotMove("repeat_several" if levels else "repeat_ended", element, element)
    if any(each.task_spec.element is element for each in levels[0].living()):
        raise CannotMove("repeat_running", element, element)
    return levels[0]


def repeat(instance: Any, target: str) -> str:
    """Run a step once more by itself: it does its work, writes its results, and goes nowhere.

    Returns the new token's id; raises CannotMove.
    """
    level = level_to_repeat(instance, target)
    token = put_token(level, level.spec.task_specs[target], data={ALONE: True})
    instance.deliver()
    return str(token.id)
