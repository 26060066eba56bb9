"""Asking others to sign a task, and asking them no more; handing it in to who signs afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.access.actor import Actor
from app.engine.acting import require_active
from app.engine.handing import candidates, colleagues, require_reason
from app.engine.history import History
from app.engine.signing.signers import may_ask, require_in_hand, signers_of, waited_for
from app.engine.signing.tables import AFTER, BEFORE, REMOVED, WAITING, TaskSigner
from app.engine.situation import Situation
from app.engine.tables import PENDING, ProcessInstance, UserTask
from app.engine.tasks import require_impartial, require_open
from app.engine.telling import tell_account
from app.errors import EngineError, NotAllowed

ASKED, NOT_ASKED = "W08", "W10"
ADDED, TAKEN_OFF, HANDED_IN = "signer_added", "signer_removed", "handed_in"


def askable(session: Session, task: UserTask, here: Situation) -> list[Actor]:
    """Return whom a task's assignee may ask: candidates and colleagues but himself, by account."""
    people = [*candidates(session, task, here), *colleagues(session, task, here)]
    known = {each.account_id: each for each in people if each.account_id != task.assignee}
    asker = here.actor.account_id if here.actor is not None else ""
    return [each for each in known.values() if each.account_id != asker]


def add(
    instance: ProcessInstance,
    task: UserTask,
    account_id: str,
    *,
    position: str,
    question: str,
    situation: Situation,
) -> TaskSigner:
    """Ask somebody to sign a task, saying what for; raises when he may not or was asked already."""
    actor = _asking(instance, task, situation)
    require_in_hand(task)
    if task.delegation == PENDING:
        raise EngineError("engine.signers_while_delegated", name=task.owner_name or "")
    require_reason(question)
    if position not in (BEFORE, AFTER):
        raise EngineError("engine.argument_missing", name="position")
    person = _askable_person(instance, task, account_id, position, situation)
    row = TaskSigner(
        id=new_id(),
        task_id=task.id,
        position=position,
        account_id=person.account_id,
        name=person.name,
        organisation=person.organisation,
        asked_by=actor.account_id,
        asked_by_name=actor.name,
        asked_at=situation.now,
    )
    row.question, task.has_signers = question.strip(), True
    situation.session.add(row)
    write(task, ADDED, situation, f"{person.name}：{question.strip()}")
    if position == BEFORE:
        ask(task, row, situation)
    return row


def _askable_person(
    instance: ProcessInstance, task: UserTask, account_id: str, position: str, here: Situation
) -> Actor:
    """Return who is to be asked; raises when he may not sign this task, or was asked already."""
    people = {each.account_id: each for each in askable(here.session, task, here)}
    if account_id not in people:
        raise EngineError("engine.signer_not_askable")
    person = people[account_id]
    require_impartial(here, instance, task, person)
    for each in signers_of(here.session, task):
        if (each.account_id, each.position, each.status) == (account_id, position, WAITING):
            raise EngineError("engine.signer_asked", name=person.name)
    return person


def remove(
    instance: ProcessInstance, task: UserTask, signer_id: str, *, reason: str, situation: Situation
) -> TaskSigner:
    """Ask somebody no more who has not signed yet, with a reason."""
    _asking(instance, task, situation)
    require_reason(reason)
    row = situation.session.get(TaskSigner, signer_id)
    if row is None or row.task_id != task.id:
        raise NotAllowed("engine.task_not_allowed")
    if row.status != WAITING:
        raise EngineError("engine.signer_done", name=row.name)
    row.status, row.done_at = REMOVED, situation.now
    write(task, TAKEN_OFF, situation, f"{row.name}：{reason.strip()}")
    if row.position == BEFORE or task.handed_in_at is not None:
        params = {"step": task.name, "reason": reason.strip()}
        tell_account(situation, row.account_id, NOT_ASKED, params)
    return row


def ask(task: UserTask, row: TaskSigner, here: Situation) -> None:
    """Tell somebody that his signature is wanted now."""
    params = {"step": task.name, "reason": row.question, "name": row.asked_by_name}
    tell_account(here, row.account_id, ASKED, params)


def hand_in(task: UserTask, values: Mapping[str, Any], here: Situation) -> None:
    """Keep what is handed in as the task's draft until those asked afterwards have signed."""
    if here.actor is None:
        raise NotAllowed("engine.task_not_allowed")
    task.draft, task.draft_at = dict(values), here.now
    task.assignee, task.assignee_name = here.actor.account_id, here.actor.name
    task.handed_in_at, task.handed_in_by = here.now, here.actor.account_id
    write(task, HANDED_IN, here)
    for signer in waited_for(here.session, task, AFTER):
        ask(task, signer, here)


def write(task: UserTask, kind: str, here: Situation, said: str | None = None) -> None:
    """Write a line of history on a task."""
    element = here.bundle.definition.elements[task.element_id]
    History(here.session, here.instance_id or "").write(
        kind, element, at=here.now, actor=here.actor, reason=said
    )


def _asking(instance: ProcessInstance, task: UserTask, here: Situation) -> Actor:
    require_active(instance)
    require_open(task)
    if here.actor is None or not may_ask(task, here.actor):
        raise NotAllowed("engine.signers_not_allowed")
    return here.actor
