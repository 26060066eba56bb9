"""Moves an issuance from state to state and writes the line of history that goes with it.

Every transition of `review` and `making` passes through here, so none is ever unrecorded.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.codes import label
from app.domain.issuance.tables import Issuance, IssuanceEvent, IssuanceState
from app.errors import DomainError

WORD_FILE = Path(__file__).with_name("words.toml")


@dataclass(frozen=True)
class Doer:
    """Who acts on an issuance; the platform itself has no organisation."""

    account: str
    name: str
    organisation: str | None = None


def move(
    session: Session,
    issuance: Issuance,
    verb: str,
    *,
    allowed: Iterable[IssuanceState],
    to: IssuanceState,
    doer: Doer,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Change the state if the present one allows it, and log who did it."""
    require(issuance, verb, allowed)
    event = IssuanceEvent(
        id=new_id(),
        issuance_id=issuance.id,
        seq=_next_seq(session, issuance.id),
        verb=verb,
        state_from=issuance.state,
        state_to=to,
        by_account=doer.account,
        by_name=doer.name,
        organisation=doer.organisation,
        at=now,
    )
    event.detail = detail
    session.add(event)
    issuance.state = to


def require(issuance: Issuance, verb: str, allowed: Iterable[IssuanceState]) -> None:
    """Refuse a transition that the present state does not allow."""
    if issuance.state not in set(allowed):
        state = label("issuance_state", issuance.state)
        raise DomainError("issuance.wrong_state", state=state, act=words("acts")[verb])


def events_of(session: Session, issuance_id: str) -> Sequence[IssuanceEvent]:
    """Return the whole history of an issuance, the first event first."""
    query = select(IssuanceEvent).where(IssuanceEvent.issuance_id == issuance_id)
    return session.scalars(query.order_by(IssuanceEvent.seq)).all()


def reviews_of(session: Session, issuance_id: str) -> list[dict[str, Any]]:
    """Return every review with its result and remark; a new application keeps the old ones."""
    return [
        {"by": event.by_name, "organisation": event.organisation, "at": event.at, **event.detail}
        for event in events_of(session, issuance_id)
        if event.verb in ("pass", "refuse")
    ]


def words(table: str) -> dict[str, str]:
    """Return what the fields or the acts of an issuance are called."""
    return _words()[table]


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(WORD_FILE.read_text(encoding="utf-8"))


def _next_seq(session: Session, issuance_id: str) -> int:
    query = select(func.max(IssuanceEvent.seq)).where(IssuanceEvent.issuance_id == issuance_id)
    return (session.scalar(query) or 0) + 1
