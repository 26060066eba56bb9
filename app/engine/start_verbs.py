"""The verbs of timer start events: firing what is due, and arming a procedure anew.

Part of the engine; each firing is one transaction, framed by `commands`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.db.contention import repeat_commands
from app.engine import timer_starts
from app.engine.commands import Commands


@repeat_commands
@dataclass(frozen=True)
class StartVerbs(Commands):
    """What begins procedures without a person."""

    def fire_start(self, start_id: str, *, now: datetime | None = None) -> int:
        """Fire one timer start event if it is due; returns how many cases it orders."""
        with self.unit_of_work() as session:
            return timer_starts.fire_start(session, self.tools, start_id, now or self.clock.now())

    def fire_due_starts(self) -> int:
        """Fire every timer start event that is due, each turn at its own instant."""
        now, fired = self.clock.now(), 0
        while True:
            with self.unit_of_work() as session:
                due = timer_starts.due_starts(session, now)
            if not due:
                return fired
            for start_id in due:
                fired += self.fire_start(start_id, now=now)

    def arm_starts(self, process_key: str) -> None:
        """Arm the timer start events of a procedure's newest version from now on."""
        with self.unit_of_work() as session:
            bundle = self.tools.bundles.newest(session, process_key)
            timer_starts.arm_anew(session, self.tools, bundle, self.clock.now())
