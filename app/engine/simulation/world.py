"""What a scenario runs in: the house's parts, handed in by whoever builds them in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.clock import FixedClock, local_date, start_of_day
from app.domain.access.actor import Actor
from app.domain.calendar import load_calendar
from app.engine.engine import Engine

OPENING = timedelta(hours=9)


@dataclass(frozen=True)
class OpenedField:
    """A field of a form as it opens: what is filled in, and what may be chosen."""

    value: Any
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """An engine over an in-memory database with a clock that the scenario moves."""

    engine: Engine
    clock: FixedClock
    unit_of_work: Callable[[], AbstractContextManager[Session]]
    actor: Callable[[str], Actor]
    attach: Callable[[Path, Actor], str]
    work: Callable[[], None]
    keep_photo: Callable[[str, Path], None]
    begin: Callable[[str, str, Actor], str]
    outside: Callable[[str, Mapping[str, Any]], None]
    object: Callable[[str, Mapping[str, Any]], None]
    opened: Callable[[str, str], Mapping[str, OpenedField]]

    def move_to(self, instant: datetime) -> None:
        """Move legal time; everything due on the way fires at its own instant."""
        self.clock.move_to(instant)
        self.engine.fire_all_due()
        self.work()
        while self.engine.fire_all_due():  # what has begun on the way may be due, too
            self.work()

    def after_workdays(self, days: int, region: str) -> datetime:
        """Return 09:00 of the working day that lies so many working days ahead."""
        with self.unit_of_work() as session:
            calendar = load_calendar(session)
        day, _ = calendar.add_workdays(local_date(self.clock.now()), days, region)
        return start_of_day(day) + OPENING
