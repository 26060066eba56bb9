"""What people handed in: kept for ever, found again by task, token and element.

A submission is written once and never changed. Its values are sealed; what a process decides on
stands in variables, and everything else is read from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.access.actor import Actor
from app.engine.migrating.names import names_of
from app.engine.periods import close_own_period
from app.engine.situation import Situation
from app.engine.spiff import Element
from app.engine.tables import COMPLETED, RETURN, TaskSubmission, UserTask
from app.errors import EngineError

# Where a form may hold why somebody decided so.
REASONS = ("opinion", "reason", "remark")


def keep_submission(
    here: Situation, element: Element, values: Mapping[str, Any], *, task_id: str | None
) -> TaskSubmission:
    """Store what a person handed in; it stands even if a later step fails."""
    actor = here.actor
    if actor is None or here.instance_id is None:
        raise EngineError("engine.submission_without_person")
    row = TaskSubmission(
        id=new_id(),
        instance_id=here.instance_id,
        task_id=task_id,
        element_id=element.id,
        form_id=element.form_id or "",
        account_id=actor.account_id,
        name=actor.name,
        organisation=actor.organisation,
        at=here.now,
    )
    row.values = dict(values)
    here.session.add(row)
    return row


def mark_completed(
    task: UserTask, values: Mapping[str, Any], actor: Actor, here: Situation
) -> bool:
    """Note who did a task and with what outcome.

    A period that others may share stays open; tells whether the task's is closed.
    """
    outcome = values.get("outcome")
    closed = close_own_period(here.session, task.deadline_id, now=here.now)
    task.status = COMPLETED
    task.completed_at, task.completed_by = here.now, actor.account_id
    task.assignee, task.assignee_name = actor.account_id, actor.name
    task.outcome = outcome if isinstance(outcome, str) else None
    task.draft = None
    return closed


def submission_of_token(here: Situation, token_id: str) -> TaskSubmission:
    """Return what was handed in with the task that a token stood for."""
    query = (
        select(TaskSubmission)
        .join(UserTask, UserTask.id == TaskSubmission.task_id)
        .where(UserTask.instance_id == here.instance_id, UserTask.token_id == token_id)
    )
    return here.session.scalars(query).one()


def last_done(session: Session, instance_id: str, element_id: str) -> TaskSubmission | None:
    """Return what was handed in when an element's task was last done, not returned."""
    query = (
        select(TaskSubmission)
        .join(UserTask, UserTask.id == TaskSubmission.task_id)
        .where(
            UserTask.instance_id == instance_id,
            UserTask.element_id.in_(names_of(session, instance_id, element_id)),
            UserTask.outcome.is_distinct_from(RETURN),
        )
    )
    return session.scalars(query.order_by(TaskSubmission.id.desc()).limit(1)).first()


def reason_in(values: Mapping[str, Any]) -> str:
    """Return why somebody decided so, in his own words."""
    found = (values.get(name) for name in REASONS)
    return next((text.strip() for text in found if isinstance(text, str) and text.strip()), "")


def signer_of(row: TaskSubmission) -> Actor:
    """Return who handed something in, as the history names him."""
    return Actor(row.account_id, None, row.name, frozenset(), row.organisation)
