"""Calling a failed service task up again; the step and the row that called it end together."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.bootstrap import House
from app.engine.background import Record
from app.engine.incidents import try_again


def retry_step(house: House, payload: dict[str, Any]) -> Record:
    """Nothing is done outside: the whole work is the record."""

    def record(session: Session) -> None:
        try_again(
            session,
            house.engine.tools,
            payload["instance"],
            payload["token"],
            payload["attempt"],
            house.clock.now(),
        )

    return record
