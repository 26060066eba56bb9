"""Declarative base and identifiers shared by all tables."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime: instants carry a time zone")
        instant = value.astimezone(UTC)
        return instant if dialect.name == "postgresql" else instant.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UTCDateTime(), str: String()},
    )


class _Last(threading.local):
    """The last identifier of this thread: when it was made, and its random part."""

    millisecond = 0
    tail = 0


_last = _Last()
TAIL_BITS, STEP_BITS = 80, 60


def new_id() -> str:
    """Return a 32-character identifier: unguessable, and sorted by the time it was made.

    Those of one thread keep their order also within a millisecond.
    """
    now = time.time_ns() // 1_000_000
    if now > _last.millisecond:
        _last.millisecond, _last.tail = now, secrets.randbits(TAIL_BITS)
    else:
        _last.tail += 1 + secrets.randbits(STEP_BITS)
        if _last.tail >> TAIL_BITS:
            _last.millisecond, _last.tail = _last.millisecond + 1, secrets.randbits(STEP_BITS)
    return f"{_last.millisecond:012x}{_last.tail:020x}"


Json = dict[str, Any]
