"""The verbs about the calendar: loading a schedule, and letting open deadlines follow it.

The schedule is one transaction, every instance one of its own, so that a crash between two of them
loses nothing: the version stays marked until the last deadline follows, and whoever asks next goes
on. Doing it again changes nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.domain.audit import record as audit
from app.domain.calendar import load_schedule, unfollowed
from app.domain.calendar.notices import Schedule, file_name
from app.engine import timers
from app.engine.commands import Commands
from app.engine.recounting import recount, to_recount
from app.errors import for_log

logger = logging.getLogger(__name__)
ALL = 1_000_000


@dataclass(frozen=True)
class Followed:
    """What became of open deadlines; `left` are instances that could not be done yet."""

    moved: int = 0
    instances: int = 0
    left: int = 0
    finished: bool = True


@repeat_commands
@dataclass(frozen=True)
class CalendarVerbs(Commands):
    """What administrators do with schedules."""

    def load_schedule(
        self, schedule: Schedule, *, label: str, loaded_by: str, actor: Actor | None = None
    ) -> int | None:
        """Add a version to the calendar and return its number; None when nothing in it is new.

        Raises DomainError naming every bad row; then nothing is loaded. Open deadlines follow by
        `follow_calendar`.
        """
        file = file_name(schedule)
        with (
            self._audited(actor, "load_calendar", "calendar", file),
            self.unit_of_work() as session,
        ):
            now = self.clock.now()
            version = load_schedule(session, schedule, label=label, loaded_by=loaded_by, now=now)
            if version is None:
                return None
            audit(
                session,
                actor=actor.account_id if actor is not None else loaded_by,
                action="load_calendar",
                object_type="calendar",
                object_id=str(version.number),
                at=now,
                reason=file,
            )
            return version.number

    def follow_calendar(self, *, most: int = ALL) -> Followed:
        """Let the deadlines of up to so many instances follow the latest calendar; then fire.

        What was due by the old calendar fires before; what is due by the new one fires in order of
        due when all have followed. An instance that somebody holds is left for the next time.
        """
        now = self.clock.now()
        with self.unit_of_work() as session:
            versions = [version.id for version in unfollowed(session)]
            waiting = to_recount(session, now=now, most=most) if versions else []
        if not versions:
            return Followed()
        moved = [self._follow(instance_id, now) for instance_id in waiting]
        self._fire_followed({each for each in waiting if each is not None}, now)
        finished = self._finish(set(versions), now)
        left = moved.count(None)
        return Followed(sum(filter(None, moved)), len(moved) - left, left, finished)

    def _follow(self, instance_id: str | None, now: datetime) -> int | None:
        """Let one instance follow in transactions of its own; None when it could not."""
        try:
            if instance_id is not None:
                self._fire_on(instance_id, now)
            with self.unit_of_work() as session:
                return recount(session, self.tools, instance_id, now=now)
        except Exception as error:
            logger.error(
                "deadlines not recounted", extra={"instance": instance_id}, exc_info=for_log(error)
            )
            return None

    def _fire_followed(self, followed: set[str], now: datetime) -> None:
        """Fire what is due on these instances, the longest overdue first."""
        with self.unit_of_work() as session:
            due = timers.due_instances(session, now, limit=ALL)
        for instance_id in due:
            if instance_id in followed:
                self._fire_on(instance_id, now)

    def _finish(self, versions: set[str], now: datetime) -> bool:
        """Unmark the versions that every open deadline follows."""
        with self.unit_of_work() as session:
            if to_recount(session, now=now, most=1):
                return False
            for version in unfollowed(session):
                if version.id in versions:
                    version.followed_at = now
        return True
