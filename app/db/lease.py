"""Claiming rows by lease: the one queue of the house, for timers and for the outbox.

A worker claims rows for a while by writing its name and an end into them; when it dies, the lease
ends and another worker takes over. Leases are system time, told by the database's own clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

LEASE = timedelta(seconds=60)


class Leased:
    """Columns of a row that workers claim."""

    lease_owner: Mapped[str | None] = mapped_column(default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)


def database_now(session: Session) -> datetime:
    """Return system time as the database tells it."""
    if session.get_bind().dialect.name == "postgresql":
        instant: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return instant.astimezone(UTC)
    stamp = session.execute(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(f"{stamp}+00:00")


def claim(
    session: Session,
    table: type[Any],
    due: ColumnElement[bool],
    *,
    order_by: Any,
    owner: str,
    limit: int = 20,
    lease: timedelta = LEASE,
) -> list[str]:
    """Lease up to `limit` due rows and return their ids in order; the caller's unit commits."""
    columns: Any = table
    now = database_now(session)
    free = or_(columns.lease_until.is_(None), columns.lease_until <= now)
    wanted = select(columns.id).where(and_(due, free)).order_by(order_by).limit(limit)
    ids = list(session.scalars(wanted.with_for_update(skip_locked=True)))
    if ids:
        taken = update(table).where(columns.id.in_(ids))
        session.execute(taken.values(lease_owner=owner, lease_until=now + lease))
    return ids


def release(session: Session, table: type[Any], ids: list[str], *, owner: str) -> None:
    """Give leases back that were not used up."""
    mine = update(table).where(table.id.in_(ids), table.lease_owner == owner)
    session.execute(mine.values(lease_owner=None, lease_until=None))
