"""Incidents: retrying a token after its cause was repaired, and instances that nothing moves.

An instance is stalled when it is active and nobody and nothing is left that could move it: a join
whose other branch was never taken, or rows lost to a hand in the database.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.access.actor import Actor
from app.engine.acting import (
    act_and_advance,
    advance_from,
    explain,
    host_for,
    lock_instance,
    require_active,
)
from app.engine.host import ReadingHost
from app.engine.looking import instance_situation
from app.engine.retrying import RETRY
from app.engine.situation import Tools
from app.engine.spiff import Run
from app.engine.tables import (
    ACTIVE,
    OPEN,
    Incident,
    MessageSubscription,
    Outbox,
    ProcessInstance,
    Timer,
    UserTask,
)
from app.errors import EngineError


def retry(session: Session, tools: Tools, incident_id: str, *, actor: Actor, now: datetime) -> None:
    """Try the failed token again; a new failure opens a new incident."""
    query = select(Incident.instance_id).where(Incident.id == incident_id)
    instance_id = session.scalar(query)
    if instance_id is None:
        raise EngineError("engine.incident_resolved")
    instance = lock_instance(session, instance_id, by=actor)
    incident = session.get_one(Incident, incident_id)
    if incident.resolved_at is not None:
        raise EngineError("engine.incident_resolved")
    require_active(instance)
    incident.resolved_at, incident.resolved_by = now, actor.account_id
    if incident.outbox_id is not None:
        send_again(session, incident.outbox_id)
        return
    token_id = incident.token_id

    def act(run: Run) -> None:
        run.retry(token_id)

    act_and_advance(instance, instance_situation(session, tools, instance, now), act)


def send_again(session: Session, outbox_id: str) -> None:
    """Let a given-up outbox row be worked off again, with all its attempts."""
    row = session.get(Outbox, outbox_id, with_for_update=True)
    if row is None or row.dead_at is None:
        raise EngineError("engine.incident_resolved")
    row.attempts, row.dead_at, row.error = 0, None, None
    row.not_before = None


def try_again(
    session: Session, tools: Tools, instance_id: str, token_id: str, attempt: int, now: datetime
) -> None:
    """Try a failed service task once more; a token that has gone meanwhile is left alone."""
    instance = lock_instance(session, instance_id)
    if instance.status != ACTIVE:
        return
    situation = instance_situation(session, tools, instance, now)
    host = host_for(situation)
    run = Run.restore(situation.bundle.definition, host, instance.state)
    if not any(token.id == token_id and token.failed for token in run.tokens()):
        return
    host.attempts[token_id] = attempt
    run.retry(token_id)
    advance_from(instance, run, host)


def _movers() -> list[ColumnElement[bool]]:
    """Return what may yet move an instance, or tells people that it does not move."""
    here = ProcessInstance.id
    return [
        exists().where(UserTask.instance_id == here, UserTask.status == OPEN),
        exists().where(Timer.instance_id == here, Timer.done_at.is_(None)),
        exists().where(
            MessageSubscription.instance_id == here, MessageSubscription.done_at.is_(None)
        ),
        exists().where(
            Outbox.instance_id == here,
            Outbox.done_at.is_(None),
            Outbox.dead_at.is_(None),
            Outbox.token_id.is_not(None) | (Outbox.kind == RETRY),
        ),
        exists().where(Incident.instance_id == here, Incident.resolved_at.is_(None)),
    ]


def stalled(session: Session) -> list[str]:
    """Return the active instances that nothing will ever move."""
    query = select(ProcessInstance.id).where(
        ProcessInstance.status == ACTIVE, ProcessInstance.suspended_at.is_(None)
    )
    for mover in _movers():
        query = query.where(~mover)
    return list(session.scalars(query.order_by(ProcessInstance.id)))


def report_stalled(session: Session, tools: Tools, instance_id: str, now: datetime) -> bool:
    """Open an incident for a stalled instance; False when something moves it after all."""
    instance = lock_instance(session, instance_id)
    if instance_id not in stalled(session):
        return False
    definition = instance_situation(session, tools, instance, now).bundle.definition
    tokens = Run.restore(definition, ReadingHost(), instance.state).tokens()
    element = tokens[0].element if tokens else definition.start_of(definition.process_id)
    error = EngineError("engine.stalled")
    session.add(
        Incident(
            id=new_id(),
            instance_id=instance.id,
            token_id=tokens[0].id if tokens else "",
            element_id=element.id,
            element_name=element.name or element.id,
            kind=error.code,
            sentence=explain(error),
            created_at=now,
        )
    )
    return True
