"""Rows that the program can add to but never rewrite: history, published bundles.

The guard holds for every way through a session, one row at a time or many at once.
"""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from app.db.base import Base

Row = TypeVar("Row", bound=Base)
GUARDED: set[type[Any]] = set()


def append_only(table: type[Row]) -> type[Row]:
    """Refuse to update or delete rows of a table through a session."""
    event.listen(table, "before_update", _refuse)
    event.listen(table, "before_delete", _refuse)
    GUARDED.add(table)
    return table


def _refuse(_mapper: Any, _connection: Any, row: Base) -> None:
    raise RuntimeError(f"rows of {row.__tablename__} are only ever added")


@event.listens_for(Session, "do_orm_execute")
def _refuse_many(state: ORMExecuteState) -> None:
    if (state.is_update or state.is_delete) and state.bind_mapper is not None:
        table = state.bind_mapper.class_
        if table in GUARDED:
            raise RuntimeError(f"rows of {table.__tablename__} are only ever added")
