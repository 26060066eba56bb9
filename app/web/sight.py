"""Who may see which case, task or file: looks up the facts and asks `app.domain.access`.

Foreign and non-existing things are refused alike, and every refusal leaves an audit entry. Full
display of personal numbers leaves one too.
"""

from __future__ import annotations

from typing import NoReturn

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.access.rules import is_person, may_see_case, may_see_person_fully
from app.domain.audit import record as audit
from app.domain.cases.tables import CaseRow
from app.engine.tables import OPEN, TaskCandidate, UserTask
from app.engine.tasks import find_task
from app.errors import Busy, NotAllowed
from app.web.extensions import house

REFUSED = "web.forbidden_text"


def refuse(actor: Actor, object_type: str, object_id: str) -> NoReturn:
    """Refuse to show something, whether it exists or not, and keep that it was asked for."""
    note(actor, "view", object_type, object_id, outcome="refused", reason=REFUSED)
    raise NotAllowed(REFUSED)


def note(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: str,
    *,
    outcome: str = "ok",
    reason: str | None = None,
) -> None:
    """Write an audit entry in a transaction of its own."""
    with house().unit_of_work() as session:
        audit(
            session,
            actor=actor.account_id,
            action=action,
            object_type=object_type,
            object_id=object_id[:32],
            at=house().clock.now(),
            outcome=outcome,
            reason=reason,
            organisation=actor.organisation,
            ip=request.remote_addr,
        )


def groups_of_case(session: Session, case_id: str, *, open_only: bool = False) -> frozenset[str]:
    """Return the groups that have, or ever had, a task on a case."""
    query = select(TaskCandidate.group_code).join(UserTask, UserTask.id == TaskCandidate.task_id)
    query = query.where(UserTask.case_id == case_id)
    if open_only:
        query = query.where(UserTask.status == OPEN)
    return frozenset(session.scalars(query))


def sees_case(session: Session, case: CaseRow, actor: Actor) -> bool:
    """Tell whether the actor may open a case."""
    if is_person(actor, case.person_code):
        return True
    return may_see_case(actor, case.path, groups_of_case(session, case.id))


def visible_case(session: Session, case_id: str, actor: Actor) -> CaseRow:
    """Return a case the actor may see; raises NotAllowed."""
    case = session.get(CaseRow, case_id)
    if case is None or not sees_case(session, case, actor):
        refuse(actor, "case", case_id)
    return case


def own_case(session: Session, case_id: str, actor: Actor) -> CaseRow:
    """Return a case of the acting person himself; raises NotAllowed."""
    case = session.get(CaseRow, case_id)
    if case is None or not is_person(actor, case.person_code):
        refuse(actor, "case", case_id)
    return case


def visible_task(session: Session, task_id: str, actor: Actor) -> UserTask:
    """Return a task the actor may work on or has worked on; raises NotAllowed."""
    try:
        return find_task(session, task_id, actor)
    except NotAllowed:
        refuse(actor, "task", task_id)


def sees_person_fully(session: Session, case: CaseRow, actor: Actor) -> bool:
    """Tell whether identity and mobile numbers may be shown unmasked; keeps that they were.

    What cannot be noted down just now is not shown either: the page opens with masked numbers.
    """
    groups = groups_of_case(session, case.id, open_only=True)
    if case.person_code is None or not may_see_person_fully(actor, case.person_code, groups):
        return False
    try:
        if not is_person(actor, case.person_code):
            note(actor, "view_personal_data", "case", case.id)
    except Busy:
        return False
    return True
