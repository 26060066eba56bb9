"""Idempotency keys: a command sent twice is carried out once and answered alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.engine.tables import IdempotencyKey
from app.errors import EngineError


def answered(
    session: Session, key: str | None, actor: Actor | None, verb: str, subject: str
) -> dict[str, Any] | None:
    """Return the earlier answer to this command, or None when it is new.

    A key that stood for another command is refused: its sender must not believe this one done.
    """
    row = session.get(IdempotencyKey, (key, _account(actor))) if key else None
    if row is None:
        return None
    if row.verb != verb or subject not in row.answer.values():
        raise EngineError("engine.key_used")
    return row.answer


def remember(
    session: Session,
    key: str | None,
    actor: Actor | None,
    verb: str,
    answer: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Keep the answer of a command beside its effects."""
    if key:
        session.add(
            IdempotencyKey(
                key=key, account_id=_account(actor), verb=verb, answer=answer, created_at=now
            )
        )
    return answer


def _account(actor: Actor | None) -> str:
    """Commands of processes are nobody's."""
    return actor.account_id if actor is not None else ""
