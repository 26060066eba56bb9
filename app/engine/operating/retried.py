"""What became of retried incidents: each on its own, so that one that fails holds up no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.tables import Incident, ProcessInstance
from app.errors import AppError
from app.messages import message, sentence

MOST = 200


@dataclass(frozen=True)
class Tried:
    """One retried incident: which case and step, whether it went on, and what is to be said."""

    incident_id: str
    instance_id: str
    case_no: str
    element_name: str
    said: str
    ok: bool


def of_cause(session: Session, kind: str) -> Sequence[str]:
    """Return the open incidents of a cause, the oldest first."""
    query = select(Incident.id).where(Incident.kind == kind, Incident.resolved_at.is_(None))
    return session.scalars(query.order_by(Incident.created_at, Incident.id).limit(MOST)).all()


def outcome(session: Session, incident_id: str, refused: AppError | None) -> Tried | None:
    """Return what became of a retry; None for an incident that does not exist."""
    incident = session.get(Incident, incident_id)
    if incident is None:
        return None
    instance = session.get_one(ProcessInstance, incident.instance_id)
    again = select(Incident.sentence).where(
        Incident.instance_id == incident.instance_id,
        Incident.token_id == incident.token_id,
        Incident.id != incident.id,
        Incident.resolved_at.is_(None),
    )
    failed = session.scalars(again.limit(1)).one_or_none()
    said = message("web.retry_failed", reason=failed) if failed else message("web.retried")
    return Tried(
        incident.id,
        instance.id,
        instance.business_key,
        incident.element_name,
        sentence(refused) if refused is not None else said,
        refused is None and failed is None,
    )
