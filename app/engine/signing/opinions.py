"""Signing a task beside its assignee, and what follows: the task is free, goes on, or comes back.

A task with signers after it is handed in: its values stay its draft until all have agreed, then it
is completed in the name of who handed it in. Who disagrees sends it back to him, and is asked again
with the next handing in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.clock import local_date
from app.db.base import new_id
from app.domain.access.rules import may_operate
from app.domain.accounts import Account, actor_of
from app.engine.acting import require_active
from app.engine.completing import conclude
from app.engine.guards import require_unguarded
from app.engine.signing.asking import remove, write
from app.engine.signing.signers import own_signature, waited_for
from app.engine.signing.tables import AFTER, BEFORE, SIGNED, WAITING, TaskSigner
from app.engine.situation import Situation
from app.engine.tables import ProcessInstance, UserTask
from app.engine.tasks import require_impartial, require_mine, require_open
from app.engine.telling import tell_account
from app.errors import EngineError, NotAllowed

AGREE, REJECT = "AGREE", "REJECT"
GIVEN = "W09"
SIGNED_LINE, TAKEN_BACK = "countersigned", "taken_back"


def sign(
    instance: ProcessInstance, task: UserTask, raw: Mapping[str, Any], *, situation: Situation
) -> None:
    """Sign a task with an opinion; the last agreement after it was handed in completes it."""
    require_active(instance)
    require_open(task)
    row = _waiting_signature(task, situation)
    if situation.actor is not None:
        require_impartial(situation, instance, task, situation.actor)
    values = situation.tools.forms.validate(situation.tools.opinion_form, raw, situation)
    row.opinion, row.decision = dict(values), values["outcome"]
    row.status, row.done_at = SIGNED, situation.now
    write(task, SIGNED_LINE, situation)
    _tell_handler(task, row, situation)
    if row.position == AFTER and row.decision == REJECT:
        _send_back(task, row, situation)
    elif row.position == AFTER:
        go_on(instance, task, situation)


def _waiting_signature(task: UserTask, here: Situation) -> TaskSigner:
    row = own_signature(here.session, task, here.actor) if here.actor is not None else None
    if row is None:
        raise NotAllowed("engine.task_not_allowed")
    if row.status != WAITING:
        raise EngineError("engine.signed_already", at=row.done_at)
    if row.position == AFTER and task.handed_in_at is None:
        raise EngineError("engine.sign_too_early", name=task.assignee_name or "")
    return row


def _tell_handler(task: UserTask, row: TaskSigner, here: Situation) -> None:
    """Tell who waits for the signature: the assignee, else who asked."""
    params = {"step": task.name, "agreed": row.decision == AGREE, "before": row.position == BEFORE}
    tell_account(here, task.assignee or row.asked_by, GIVEN, params)


def _send_back(task: UserTask, row: TaskSigner, here: Situation) -> None:
    """Give a handed-in task back to its assignee; who disagreed will be asked again."""
    task.handed_in_at = task.handed_in_by = None
    again = TaskSigner(
        id=new_id(),
        task_id=task.id,
        position=AFTER,
        account_id=row.account_id,
        name=row.name,
        organisation=row.organisation,
        asked_by=row.asked_by,
        asked_by_name=row.asked_by_name,
        asked_at=here.now,
    )
    again.question = row.question
    here.session.add(again)


def go_on(instance: ProcessInstance, task: UserTask, here: Situation) -> None:
    """Complete a handed-in task in the name of who handed it in, when nobody is missing any more.

    Guards are asked again: what they refuse now is refused to the last signer, with nothing kept.
    """
    session = here.session
    session.flush()  # the signature just given counts
    if task.handed_in_by is None or waited_for(session, task, AFTER):
        return
    account = session.get_one(Account, task.handed_in_by)
    handler = actor_of(account, local_date(here.now))
    values = dict(task.draft or {})
    element = here.bundle.definition.elements[task.element_id]
    concluding = replace(here, actor=handler, submission=values)
    require_unguarded(element, concluding)
    conclude(instance, task, element, values, target=None, situation=concluding)


def no_longer_wanted(
    instance: ProcessInstance, task: UserTask, signer_id: str, *, reason: str, situation: Situation
) -> None:
    """Ask a signer no more; a handed-in task that only waited for him goes on."""
    remove(instance, task, signer_id, reason=reason, situation=situation)
    go_on(instance, task, situation)


def take_back(instance: ProcessInstance, task: UserTask, *, situation: Situation) -> None:
    """Take back a task that was handed in, to change it; signatures given so far stand."""
    require_active(instance)
    require_open(task)
    if situation.actor is None or task.handed_in_at is None:
        raise EngineError("engine.not_handed_in")
    if not may_operate(situation.actor):
        require_mine(task, situation.actor)
    task.handed_in_at = task.handed_in_by = None
    write(task, TAKEN_BACK, situation)
