"""Where a task may send its case back to, now: what its drawing names and the instance has done.

The page offers these as options, the verb accepts nothing else. Nothing is changed by asking.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.migrating.names import names_now
from app.engine.spiff import (
    CannotReturn,
    Definition,
    Element,
    Run,
    branches_stand,
    named_targets,
    targets_of,
)
from app.engine.tables import COMPLETED, RETURN, ProcessInstance, UserTask


@dataclass(frozen=True)
class Target:
    """A task that was done before and may be opened again."""

    element: Element
    scope: str
    straight: bool  # it could lead straight back to the returning task


def returnable(
    session: Session, instance: ProcessInstance, run: Run, definition: Definition, task: UserTask
) -> list[Target]:
    """Return the tasks that a task may send the case back to.

    They stand in the order of its property; when that names none, in the order they were done in,
    so that the first is the applicant's.
    """
    element = definition.elements[task.element_id]
    named = targets_of(definition, element)
    if not named:
        return []
    done = _done(session, instance.id)
    if not named_targets(element):
        order = list(done)
        named = sorted((e for e in named if e.id in done), key=lambda e: order.index(e.id))
    ask = _Asking(run, task.token_id, branches_stand(element))
    found = (ask.newest(each, done.get(each.id, [])) for each in named)
    return [target for target in found if target is not None]


def _done(session: Session, instance_id: str) -> dict[str, list[str]]:
    """Return the scopes in which each element's task was done, the newest first.

    The elements stand in the order in which they were first done.
    """
    query = select(UserTask.element_id, UserTask.scope).where(
        UserTask.instance_id == instance_id,
        UserTask.status == COMPLETED,
        UserTask.outcome.is_distinct_from(RETURN),
    )
    found: dict[str, list[str]] = {}
    names = names_now(session, instance_id)
    for element_id, scope in session.execute(query.order_by(UserTask.completed_at, UserTask.id)):
        scopes = found.setdefault(names.get(element_id, element_id), [])
        if scope in scopes:
            scopes.remove(scope)
        scopes.insert(0, scope)
    return found


@dataclass(frozen=True)
class _Asking:
    run: Run
    token_id: str
    stand: bool

    def newest(self, element: Element, scopes: list[str]) -> Target | None:
        """Return the newest run of a task that can be gone back to, or None."""
        return next(self._targets(element, scopes), None)

    def _targets(self, element: Element, scopes: list[str]) -> Iterator[Target]:
        for scope in scopes:
            try:
                straight = self.run.may_return(self.token_id, element.id, scope, stand=self.stand)
            except CannotReturn:
                continue
            yield Target(element, scope, straight)


def options(targets: list[Target], lanes: dict[str, str]) -> list[dict[str, Any]]:
    """Return targets as a form offers them: a task's name with the lane it is drawn in."""
    found = []
    for target in targets:
        name, lane = target.element.name or target.element.id, lanes.get(target.element.id)
        found.append({"value": target.element.id, "label": f"{name}（{lane}）" if lane else name})
    return found
