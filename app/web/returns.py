"""退回原因: who sent a case back, when and why; shown wherever the reopened task is.

The reason is read from what was handed in, which nobody can change afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.organisations import names_of
from app.engine.submissions import reason_in
from app.engine.tables import OPEN, ProcessInstance, TaskSubmission, UserTask


def returns_of(session: Session, instance: ProcessInstance) -> list[SentBack]:
    """Return why the open tasks of an instance were opened again."""
    query = select(UserTask).where(
        UserTask.instance_id == instance.id,
        UserTask.status == OPEN,
        UserTask.sent_back_by.is_not(None),
    )
    found = (sent_back(session, task) for task in session.scalars(query.order_by(UserTask.id)))
    return [each for each in found if each is not None]


@dataclass(frozen=True)
class SentBack:
    """One return of a case to a task that is open again."""

    step: str
    target: str
    name: str
    organisation: str
    at: datetime
    reason: str


def sent_back(session: Session, task: UserTask) -> SentBack | None:
    """Return why a task was opened again, or None when it was not."""
    if task.sent_back_by is None:
        return None
    query = select(TaskSubmission).where(TaskSubmission.task_id == task.sent_back_by)
    row = session.scalars(query).one_or_none()
    returning = session.get(UserTask, task.sent_back_by)
    if row is None or returning is None:
        return None
    code = row.organisation
    return SentBack(
        returning.name, task.name, row.name,
        names_of(session, [code]).get(code, "") if code else "", row.at, reason_in(row.values),
    )  # fmt: skip
