"""Gapless serial numbers, counted per scope inside the caller's transaction.

The counter's row stays locked until that transaction ends, so a rolled-back number is given out
again and no two transactions share one. A number that was committed is never given out again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db.base import Base


class NumberSeries(Base):
    """The next serial of a scope such as `certificate:450100:2020`."""

    __tablename__ = "number_series"

    scope: Mapped[str] = mapped_column(primary_key=True)
    next: Mapped[int]


def next_serial(session: Session, scope: str) -> int:
    """Take the next serial of a scope; it is given back when the transaction rolls back."""
    statement: Any = _insert(session)(NumberSeries).values(scope=scope, next=2)
    statement = statement.on_conflict_do_update(
        index_elements=[NumberSeries.scope], set_={"next": NumberSeries.next + 1}
    ).returning(NumberSeries.next)
    following: int = session.connection().execute(statement).scalar_one()
    return following - 1


def _insert(session: Session) -> Any:
    dialect = session.get_bind().dialect.name
    return postgresql.insert if dialect == "postgresql" else sqlite.insert
