"""Beginning the cases that timer start events have ordered; row and case end in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.bootstrap import House
from app.engine.background import Record
from app.engine.timer_starts import begin_due


def begin_case(house: House, payload: dict[str, Any]) -> Record:
    """Nothing is done outside: the whole work is the record."""

    def record(session: Session) -> None:
        at = datetime.fromisoformat(payload["at"])
        begin_due(session, house.engine.tools, payload["bundle"], payload["element"], at)

    return record
