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
from app.engine.situation import Situation, Tools
from app.engine.spiff import Run, Token
from app.engine.tables import ACTIVE, Incident, Outbox, ProcessInstance
from app.errors import EngineError, kind_of

BACKOFF = timedelta(seconds=5)

Record = Callable[[Session], dict[str, Any] | None]


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
    run = Run.restore(situation.bundle.definition, ReadingHost(), instance.state)
    return next((token for token in run.tokens() if token.id == token_id), None)


def failed(
    session: Session,
    tools: Tools,
    outbox_id: str,
    *,
    owner: str,
    error: Exception,
    now: datetime,
) -> None:
    """Count a failed attempt: again later, or after the last one an incident."""
    instance = _instance_waiting(session, outbox_id)
    row = locked_row(session, outbox_id, owner)
    row.attempts += 1
    system_now = database_now(session)
    row.error = explain(error)
    row.lease_owner = row.lease_until = None
    row.not_before = system_now + BACKOFF * 2**row.attempts
    if row.attempts < row.most_attempts:
        return
    row.dead_at = system_now
    situation = instance_situation(session, tools, instance, now) if instance is not None else None
    if instance is None or situation is None or row.token_id is None:
        return
    token = _waiting_token(instance, situation, row.token_id)
    if token is None:
        return
    element = token.element
    session.add(
        Incident(
            id=new_id(),
            instance_id=instance.id,
            token_id=row.token_id,
            element_id=element.id,
            element_name=element.name or element.id,
            kind=kind_of(error),
            sentence=row.error,
            outbox_id=row.id,
            created_at=now,
        )
    )
