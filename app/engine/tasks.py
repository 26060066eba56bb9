"""Whose task it is: finding, claiming, releasing, and every way in which a door is shut.

Everything here runs inside a unit of work with the instance locked; rights are checked under the
lock, so the loser of a race gets a clean answer with the winner's name.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain.access.actor import PERSON_ROLE, Actor, role_of
from app.domain.access.rules import is_candidate, is_person, may_assign
from app.domain.cases.tables import CaseRow
from app.engine.migrating.names import names_of
from app.engine.signing.signers import require_in_hand, require_no_signer
from app.engine.situation import Situation
from app.engine.spiff import Element
from app.engine.tables import (
    COMPLETED,
    OPEN,
    PENDING,
    ProcessInstance,
    TaskCandidate,
    UserTask,
)
from app.errors import EngineError, NotAllowed

GROUPS = select(TaskCandidate.group_code).where(TaskCandidate.task_id == bindparam("task"))


def candidate_groups(session: Session, task_id: str) -> frozenset[str]:
    """Return the groups that may take a task."""
    return frozenset(session.scalars(GROUPS, {"task": task_id}))


def find_task(session: Session, task_id: str, actor: Actor) -> UserTask:
    """Return a task the actor may work on; foreign and unknown tasks answer alike."""
    task = session.get(UserTask, task_id, populate_existing=True)
    if task is None or not _may_take(session, task, actor):
        raise NotAllowed("engine.task_not_allowed")
    return task


def _may_take(session: Session, task: UserTask, actor: Actor) -> bool:
    if actor.account_id in (task.assignee, task.completed_by, task.owner):
        return True
    return is_candidate(actor, candidate_groups(session, task.id))


def require_open(task: UserTask) -> None:
    """Refuse a task that is already done or was taken back."""
    if task.status == COMPLETED:
        raise EngineError(
            "engine.task_already_completed", name=task.assignee_name or "", at=task.completed_at
        )
    if task.status != OPEN:
        raise EngineError("engine.task_cancelled", name=task.name)


def require_mine(task: UserTask, actor: Actor) -> None:
    """Refuse a task that somebody else has claimed."""
    if task.assignee not in (None, actor.account_id):
        raise EngineError("engine.task_claimed", name=task.assignee_name or "", at=task.claimed_at)


def require_impartial(
    here: Situation, instance: ProcessInstance, task: UserTask, actor: Actor
) -> None:
    """Nobody reviews his own case, nor completes what `notSameAs` keeps from him."""
    session, elements = here.session, here.bundle.definition.elements
    case = session.get(CaseRow, instance.case_id) if instance.case_id else None
    if case is not None and is_person(actor, case.person_code):
        groups = candidate_groups(session, task.id) & actor.groups
        if not any(role_of(each) == PERSON_ROLE for each in groups):
            raise EngineError("engine.own_case")
    for other in _others(elements[task.element_id]):
        done = _done_last(session, instance, task, elements[other])
        if actor.account_id in {each.completed_by for each in done}:
            raise EngineError("engine.same_person", other=done[0].name)


def require_fit(here: Situation, instance: ProcessInstance, task: UserTask, actor: Actor) -> None:
    """Refuse who may not do a task: it is his own case, `notSameAs`, or he signs beside it."""
    require_impartial(here, instance, task, actor)
    require_no_signer(here.session, task, actor)


def _done_last(
    session: Session, instance: ProcessInstance, task: UserTask, element: Element
) -> list[UserTask]:
    """Return the task of an element that was done last; of several side by side all of them."""
    query = select(UserTask).where(
        UserTask.instance_id == instance.id,
        UserTask.element_id.in_(names_of(session, instance.id, element.id)),
        UserTask.status == COMPLETED,
    )
    rows = list(session.scalars(query.order_by(UserTask.completed_at.desc())))
    if element.loop is None or not rows:
        return rows[:1]
    scope = task.scope if task.element_id == element.id else rows[0].scope
    return [row for row in rows if row.scope == scope]


def _others(element: Element) -> list[str]:
    names = element.properties.get("notSameAs", "").split(",")
    return [name.strip() for name in names if name.strip()]


def claim(instance: ProcessInstance, task: UserTask, *, actor: Actor, situation: Situation) -> None:
    """Make the actor the assignee; the loser of a race learns who was first."""
    require_open(task)
    require_mine(task, actor)
    require_fit(situation, instance, task, actor)
    if task.assignee is None:
        task.assignee, task.assignee_name = actor.account_id, actor.name
        task.claimed_at = situation.now


def require_not_delegated(task: UserTask, actor: Actor) -> None:
    """Refuse to complete what somebody else has only asked one to do."""
    if task.delegation == PENDING and task.assignee == actor.account_id:
        raise EngineError("engine.task_delegated", name=task.owner_name or "")


def find_to_assign(session: Session, task_id: str, actor: Actor) -> UserTask:
    """Return a task the actor may give to somebody; foreign and unknown tasks answer alike."""
    task = session.get(UserTask, task_id, populate_existing=True)
    if task is not None:
        groups = candidate_groups(session, task_id)
        if _may_take(session, task, actor) or may_assign(actor, groups, held_by_another=True):
            return task
    raise NotAllowed("engine.task_not_allowed")


def release(task: UserTask, actor: Actor) -> None:
    """Give a claimed task back to its candidate groups; the draft stays."""
    require_open(task)
    require_not_delegated(task, actor)
    require_in_hand(task)
    if task.assignee != actor.account_id:
        raise EngineError("engine.task_not_yours", name=task.assignee_name or "")
    task.assignee = task.assignee_name = task.claimed_at = None
    task.owner = task.owner_name = task.delegation = None
