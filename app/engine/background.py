"""Service tasks whose work is done outside: a worker reports, the token goes on.

The worker acts on the world first, then calls `finish` with what is to be recorded; rows and token
move in one transaction, so an effect is recorded exactly once. After the last attempt the token
gets an incident, from which a retry starts the outbox row anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.db.base import new_id
from app.db.lease import database_now
from app.engine.acting import act_and_advance, explain, lock_instance
from app.engine.host import ReadingHost
from app.engine.looking import instance_situation
from app.engine.restoring import restore
from app.engine.retrying import BACKOFF
from app.engine.situation import Situation, Tools
from app.engine.spiff import BpmnError, Run, Token
from app.engine.tables import ACTIVE, Incident, Outbox, ProcessInstance
from app.errors import EngineError, kind_of

Record = Callable[[Session], dict[str, Any] | None]


class NotYet(Exception):
    """The world outside needs more time: ask again after a while; no attempt is used up."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(after)
        self.after = after


class OutOfReach(BpmnError):
    """The world outside cannot be reached: tried again, and thrown when no attempt is left."""


def locked_row(session: Session, outbox_id: str, owner: str) -> Outbox:
    """Return the row if this worker still holds its lease; else raise."""
    row = session.get(Outbox, outbox_id, with_for_update=True, populate_existing=True)
    if row is None or row.done_at is not None or row.lease_owner != owner:
        raise EngineError("engine.lease_lost", outbox=outbox_id)
    return row


def finish(
    session: Session, tools: Tools, outbox_id: str, *, owner: str, record: Record, now: datetime
) -> None:
    """Record an effect and let its token go on."""
    instance = _instance_waiting(session, outbox_id)
    row = locked_row(session, outbox_id, owner)
    row.done_at, row.error = database_now(session), None
    if instance is None or row.token_id is None:
        record(session)
        return
    token_id = row.token_id
    situation = instance_situation(session, tools, instance, now)
    if _waiting_token(instance, situation, token_id) is None:
        return
    variables = record(session) or {}

    def act(run: Run) -> None:
        run.finish(token_id, variables)

    act_and_advance(instance, situation, act)


def _instance_waiting(session: Session, outbox_id: str) -> ProcessInstance | None:
    """Lock the instance whose token waits for a row; always before the row, so none deadlock."""
    row = session.get(Outbox, outbox_id)
    if row is None or row.token_id is None or row.instance_id is None:
        return None
    return lock_instance(session, row.instance_id)


def _waiting_token(instance: ProcessInstance, situation: Situation, token_id: str) -> Token | None:
    """Return the token if it is still there: it may have been interrupted meanwhile."""
    if instance.status != ACTIVE:
        return None
    run = restore(instance, situation.bundle.definition, ReadingHost())
    return next((token for token in run.tokens() if token.id == token_id), None)


def throw(
    session: Session,
    tools: Tools,
    outbox_id: str,
    *,
    owner: str,
    error: BpmnError,
    now: datetime,
) -> None:
    """Let the boundary event take over that catches the error; without one it is an incident."""
    instance = _instance_waiting(session, outbox_id)
    row = locked_row(session, outbox_id, owner)
    if instance is not None and _throw(session, tools, instance, row, error, now):
        return
    _count(session, row, error, last=True)
    if instance is not None:
        situation = instance_situation(session, tools, instance, now)
        _open_incident(session, instance, situation, row, error)


def _throw(
    session: Session,
    tools: Tools,
    instance: ProcessInstance,
    row: Outbox,
    error: BpmnError,
    now: datetime,
) -> bool:
    """End a row with the error that its token's drawing catches; False when none does."""
    token_id = row.token_id or ""
    situation = instance_situation(session, tools, instance, now)
    if not _is_caught(instance, situation, token_id, error):
        return False
    row.done_at, row.error = database_now(session), explain(error)

    def act(run: Run) -> None:
        run.throw(token_id, error)

    act_and_advance(instance, situation, act)
    return True


def _is_caught(
    instance: ProcessInstance, situation: Situation, token_id: str, error: BpmnError
) -> bool:
    if _waiting_token(instance, situation, token_id) is None:
        return False
    run = restore(instance, situation.bundle.definition, ReadingHost())
    return run.catches(token_id, error.error_code)


def failed(
    session: Session,
    tools: Tools,
    outbox_id: str,
    *,
    owner: str,
    error: Exception,
    now: datetime,
) -> None:
    """Count a failed attempt: again later, or after the last one the drawn way or an incident."""
    instance = _instance_waiting(session, outbox_id)
    row = locked_row(session, outbox_id, owner)
    _count(session, row, error)
    if instance is None or row.dead_at is None:
        return
    if isinstance(error, OutOfReach) and _throw(session, tools, instance, row, error, now):
        row.dead_at = None
    else:
        situation = instance_situation(session, tools, instance, now)
        _open_incident(session, instance, situation, row, error)


def postpone(
    session: Session, tools: Tools, outbox_id: str, *, owner: str, after: timedelta, now: datetime
) -> None:
    """Ask again after a while; a token that has gone meanwhile is not asked for any more."""
    instance = _instance_waiting(session, outbox_id)
    row = locked_row(session, outbox_id, owner)
    system_now = database_now(session)
    row.lease_owner = row.lease_until = None
    row.not_before = system_now + after
    if instance is not None:
        situation = instance_situation(session, tools, instance, now)
        if _waiting_token(instance, situation, row.token_id or "") is None:
            row.done_at = system_now


def _count(session: Session, row: Outbox, error: Exception, *, last: bool = False) -> None:
    row.attempts += 1
    system_now = database_now(session)
    row.error = explain(error)
    row.lease_owner = row.lease_until = None
    row.not_before = system_now + BACKOFF * 2**row.attempts
    if last or row.attempts >= row.most_attempts:
        row.dead_at = system_now


def _open_incident(
    session: Session,
    instance: ProcessInstance,
    situation: Situation,
    row: Outbox,
    error: Exception,
) -> None:
    token = _waiting_token(instance, situation, row.token_id or "")
    if token is None:
        return
    session.add(
        Incident(
            id=new_id(),
            instance_id=instance.id,
            token_id=token.id,
            element_id=token.element.id,
            element_name=token.element.name or token.element.id,
            kind=kind_of(error),
            sentence=row.error,
            outbox_id=row.id,
            created_at=situation.now,
        )
    )
