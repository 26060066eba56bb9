"""Append-only rows: history that the program can add to but never rewrite.

Used by every table of this domain that records what happened (changes, events, reviews).
"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import event

from app.db.base import Base

Row = TypeVar("Row", bound=Base)


def append_only(table: type[Row]) -> type[Row]:
    """Refuse to update or delete rows of a table through the session."""
    event.listen(table, "before_update", _refuse)
    event.listen(table, "before_delete", _refuse)
    return table


def _refuse(_mapper: Any, _connection: Any, row: Base) -> None:
    raise RuntimeError(f"rows of {row.__tablename__} are only ever added")
