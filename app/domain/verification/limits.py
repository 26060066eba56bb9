"""How often the public may ask or write: per address, purpose and minute; each captcha once.

Counters stand in the database, so that every web process of every host counts the same. Time is
system time; a demo's moved clock changes nothing here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db.keys import keyring
from app.domain.verification.tables import QueryCount, SpentChallenge

MOST_PER_MINUTE = 10
KEPT = timedelta(hours=1)


def may_ask(
    session: Session,
    address: str,
    *,
    now: datetime,
    purpose: str = "",
    most: int = MOST_PER_MINUTE,
) -> bool:
    """Count what an address does for a purpose; False when it is too much in this minute."""
    client = f"{purpose} {address}" if purpose else address
    session.execute(delete(QueryCount).where(QueryCount.minute < now - KEPT))
    statement = _insert(session)(QueryCount).values(
        client_hash=keyring().blind(client), minute=now.replace(second=0, microsecond=0), count=1
    )
    counted = statement.on_conflict_do_update(
        index_elements=[QueryCount.client_hash, QueryCount.minute],
        set_={"count": QueryCount.count + 1},
    ).returning(QueryCount.count)
    count: int = session.connection().execute(counted).scalar_one()
    return count <= most


def spend_challenge(session: Session, nonce: str, expires_at: datetime, *, now: datetime) -> bool:
    """Use a challenge up; False when it was used before."""
    session.execute(delete(SpentChallenge).where(SpentChallenge.expires_at < now))
    statement = _insert(session)(SpentChallenge).values(nonce=nonce, expires_at=expires_at)
    spent = statement.on_conflict_do_nothing().returning(SpentChallenge.nonce)
    return session.connection().execute(spent).scalar_one_or_none() is not None


def _insert(session: Session) -> Any:
    dialect = session.get_bind().dialect.name
    return postgresql.insert if dialect == "postgresql" else sqlite.insert
