"""Acting on a case by the name of a step: is its door open, shut by a rule, or not yet there?

A direct request may name any element of the procedure. When no open task stands for it, the
element's own guards say why; only when they have nothing to say is the step simply not reached.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.access.rules import is_candidate
from app.domain.cases.tables import CaseRow
from app.engine.acting import lock_instance
from app.engine.guards import require_unguarded
from app.engine.looking import instance_situation
from app.engine.situation import Situation, Tools
from app.engine.starting import draft_situation
from app.engine.tables import OPEN, ProcessInstance, UserTask
from app.engine.tasks import candidate_groups
from app.errors import EngineError, NotAllowed


def task_of(
    session: Session, tools: Tools, case_id: str, element_id: str, actor: Actor, now: datetime
) -> str:
    """Return the id of the task of an element on a case, or raise why there is none.

    Of several (a multi-instance activity, a turn of a loop) an open one that the actor may take
    comes first, then the newest.
    """
    case = session.get(CaseRow, case_id)
    if case is None or not _takes_part(session, case, actor):
        raise NotAllowed("engine.case_not_allowed")
    query = select(UserTask).where(UserTask.case_id == case.id, UserTask.element_id == element_id)
    tasks = session.scalars(query.order_by(UserTask.status != OPEN, UserTask.id.desc())).all()
    if tasks:
        own = [task for task in tasks if is_candidate(actor, candidate_groups(session, task.id))]
        free = [task for task in own if task.assignee in (None, actor.account_id)]
        return (free or own or tasks)[0].id  # whether it is still open is said under the lock
    here = _situation(session, tools, case, actor, now)
    element = here.bundle.definition.elements.get(element_id)
    if element is None or element.kind != "userTask":
        raise NotAllowed("engine.case_not_allowed")
    require_unguarded(element, replace(here, submission={}, element_id=element_id))
    raise EngineError("engine.task_not_reached", name=element.name or element_id)


def _takes_part(session: Session, case: CaseRow, actor: Actor) -> bool:
    if case.person_code is not None and case.person_code == actor.person_code:
        return True
    tasks = session.scalars(select(UserTask.id).where(UserTask.case_id == case.id))
    return any(is_candidate(actor, candidate_groups(session, task_id)) for task_id in tasks)


def _situation(
    session: Session, tools: Tools, case: CaseRow, actor: Actor, now: datetime
) -> Situation:
    if case.process_instance_id is None:
        return draft_situation(session, tools, case, actor=actor, now=now)
    instance: ProcessInstance = lock_instance(session, case.process_instance_id)
    return replace(instance_situation(session, tools, instance, now), actor=actor)
