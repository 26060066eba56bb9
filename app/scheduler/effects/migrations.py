"""A slice of a migration: each instance goes over in a transaction of its own.

A worker that dies leaves the rest of its slice to the next one; what went over stays.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.bootstrap import House
from app.engine.background import NotYet, Record
from app.engine.migrating.running import work_off

SOON = timedelta(seconds=3)


def migrate_slice(house: House, payload: dict[str, Any]) -> Record:
    """Move the instances of a slice; those that somebody works on are tried again soon."""
    if work_off(house.engine, payload["rows"]):
        raise NotYet(SOON)

    def record(session: Session) -> None:
        return None

    return record
