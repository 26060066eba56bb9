"""The signers of a task: who they are, whom they keep waiting, and who may be asked.

Read by completion, pages and the inbox; what people do is in `asking` and `opinions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.access.rules import may_operate
from app.engine.signing.tables import AFTER, BEFORE, REMOVED, WAITING, TaskSigner
from app.engine.tables import OPEN, UserTask
from app.errors import EngineError, NotAllowed, Refused
from app.messages import message


def signers_of(session: Session, task: UserTask) -> Sequence[TaskSigner]:
    """Return everybody who was asked to sign a task, in order; removed ones are left out."""
    if not task.has_signers:
        return []  # as nearly every task: no query for those
    query = select(TaskSigner).where(TaskSigner.task_id == task.id, TaskSigner.status != REMOVED)
    return session.scalars(query.order_by(TaskSigner.asked_at, TaskSigner.id)).all()


def waited_for(session: Session, task: UserTask, position: str) -> list[TaskSigner]:
    """Return the signers whose signature a task still lacks."""
    found = signers_of(session, task)
    return [each for each in found if each.status == WAITING and each.position == position]


def require_opinions(session: Session, task: UserTask) -> None:
    """Refuse a completion before those asked beforehand have given their opinion."""
    missing = waited_for(session, task, BEFORE)
    if missing:
        raise Refused([message("engine.opinions_missing", names=[each.name for each in missing])])


def require_no_signer(session: Session, task: UserTask, actor: Actor) -> None:
    """Refuse that a task's signer also does it; nobody signs beside himself."""
    if any(each.account_id == actor.account_id for each in signers_of(session, task)):
        raise EngineError("engine.signer_is_handler", name=actor.name)


def require_in_hand(task: UserTask) -> None:
    """Refuse to change a task that was handed in and waits for signatures."""
    if task.handed_in_at is not None:
        raise EngineError("engine.handed_in", name=task.assignee_name or "", at=task.handed_in_at)


def may_ask(task: UserTask, actor: Actor) -> bool:
    """Tell whether the actor may add and remove signers: the assignee, and operators."""
    return task.status == OPEN and (task.assignee == actor.account_id or may_operate(actor))


def to_sign(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of the tasks that wait for the actor's signature now."""
    mine = select(TaskSigner.task_id).where(
        TaskSigner.account_id == actor.account_id,
        TaskSigner.status == WAITING,
        or_(
            TaskSigner.position == BEFORE,
            and_(TaskSigner.position == AFTER, UserTask.handed_in_at.is_not(None)),
        ),
        TaskSigner.task_id == UserTask.id,
    )
    return and_(UserTask.status == OPEN, mine.exists())


def own_signature(session: Session, task: UserTask, actor: Actor) -> TaskSigner | None:
    """Return the actor's waiting signature of a task, else his last one, or None."""
    mine = [each for each in signers_of(session, task) if each.account_id == actor.account_id]
    waiting = [each for each in mine if each.status == WAITING]
    found = waiting or mine
    return found[-1] if found else None


def find_to_sign(session: Session, task_id: str, actor: Actor) -> UserTask:
    """Return a task the actor was asked to sign; foreign and unknown ones answer alike."""
    task = session.get(UserTask, task_id, populate_existing=True)
    if task is None or own_signature(session, task, actor) is None:
        raise NotAllowed("engine.task_not_allowed")
    return task
