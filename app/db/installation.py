"""What kind of installation a database belongs to, and how far its legal clock is moved.

The kind is written when the database is created and never changes; only a demo may move time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db.base import Base
from app.errors import DomainError

DEMO, PRODUCTION = "demo", "production"


class Installation(Base):
    """The single row that describes this database."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    kind: Mapped[str]
    created_at: Mapped[datetime]
    clock_offset_seconds: Mapped[float] = mapped_column(default=0.0)


def installation(session: Session) -> Installation:
    """Return the row; a database without one was never set up."""
    row = session.get(Installation, 1)
    if row is None:
        raise DomainError("installation.missing")
    return row


def move_clock(session: Session, by: timedelta) -> timedelta:
    """Move legal time forward; refused unless this is a demo. Returns the new offset."""
    row = installation(session)
    if row.kind != DEMO:
        raise DomainError("installation.clock_not_demo")
    if by < timedelta():
        raise DomainError("installation.clock_backwards")
    row.clock_offset_seconds += by.total_seconds()
    return timedelta(seconds=row.clock_offset_seconds)
