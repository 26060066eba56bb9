"""Idempotency keys: a command sent twice is carried out once and answered alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.engine.tables import IdempotencyKey


def answered(session: Session, key: str | None, actor: Actor) -> dict[str, Any] | None:
    """Return the earlier answer to this command, or None when it is new."""
    row = session.get(IdempotencyKey, (key, actor.account_id)) if key else None
    return None if row is None else row.answer


def remember(
    session: Session,
    key: str | None,
    actor: Actor,
    verb: str,
    answer: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Keep the answer of a command beside its effects."""
    if key:
        session.add(
            IdempotencyKey(
                key=key, account_id=actor.account_id, verb=verb, answer=answer, created_at=now
            )
        )
    return answer
