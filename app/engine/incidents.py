"""Incidents: retrying a token after its cause was repaired."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.engine.acting import act_and_advance, lock_instance, require_active
from app.engine.looking import instance_situation
from app.engine.situation import Tools
from app.engine.spiff import Run
from app.engine.tables import Incident, Outbox
from app.errors import EngineError


def retry(session: Session, tools: Tools, incident_id: str, *, actor: Actor, now: datetime) -> None:
    """Try the failed token again; a new failure opens a new incident."""
    incident = session.get(Incident, incident_id, populate_existing=True)
    if incident is None or incident.resolved_at is not None:
        raise EngineError("engine.incident_resolved")
    instance = lock_instance(session, incident.instance_id)
    require_active(instance)
    incident.resolved_at, incident.resolved_by = now, actor.account_id
    if incident.outbox_id is not None:
        _send_again(session, incident.outbox_id)
        return
    token_id = incident.token_id

    def act(run: Run) -> None:
        run.retry(token_id)

    act_and_advance(instance, instance_situation(session, tools, instance, now), act)


def _send_again(session: Session, outbox_id: str) -> None:
    row = session.get(Outbox, outbox_id, with_for_update=True)
    if row is None:
        raise EngineError("engine.incident_resolved")
    row.attempts, row.dead_at, row.error = 0, None, None
    row.not_before = None
