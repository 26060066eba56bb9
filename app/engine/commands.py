"""What every verb of the engine does around its work: fire first, lock, audit a refusal.

Firing has a transaction of its own: what was due stays fired when the verb is then refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.base import UTCDateTime
from app.db.holders import hold, want
from app.db.unit_of_work import UnitOfWork
from app.domain.access.actor import Actor
from app.domain.access.masks import mask_personal
from app.domain.audit import record as audit
from app.domain.cases.tables import CaseRow
from app.engine import starting, tasks, timers
from app.engine.acting import lock_instance
from app.engine.looking import task_situation
from app.engine.situation import Situation, Tools
from app.engine.tables import Incident, Outbox, ProcessInstance, UserTask
from app.errors import AppError, Busy, NotAllowed

PROCESS = "PROCESS"
LONGEST_REASON = 80
INSTANCE_OF: dict[type[Any], str] = {
    CaseRow: "process_instance_id",
    Incident: "instance_id",
    Outbox: "instance_id",
    UserTask: "instance_id",
}


def in_brief(reason: str | None) -> str | None:
    """Return what the audit log keeps of a reason; the history keeps it whole and sealed."""
    return mask_personal(reason.strip())[:LONGEST_REASON] if reason and reason.strip() else None


def _instance_of(session: Session, table: type[Any], row_id: str) -> str | None:
    """Return a row's instance without reading the row: it is to be read under the lock only."""
    column = getattr(table, INSTANCE_OF[table])
    found: str | None = session.scalar(select(column).where(table.id == row_id))
    return found


def _due(table: type[Any]) -> Select[Any]:
    """Return the query for a row's instance, and whether anything is due on it."""
    column = getattr(table, INSTANCE_OF[table])
    due = timers.due_on(column, bindparam("now", type_=UTCDateTime))
    return select(column, due).where(table.id == bindparam("row"))


DUE = {table: _due(table) for table in INSTANCE_OF}


@dataclass(frozen=True)
class Commands:
    """The frame of the verbs, and what they are given."""

    tools: Tools
    unit_of_work: UnitOfWork
    clock: Clock

    @contextmanager
    def _on_task(
        self,
        task_id: str,
        actor: Actor,
        verb: str,
        *,
        find: Callable[[Session, str, Actor], UserTask] = tasks.find_task,
        reason: str | None = None,
    ) -> Iterator[tuple[ProcessInstance, UserTask, Situation]]:
        """Fire what is due, lock the instance, find the task under the lock."""
        with self._audited(actor, verb, "task", task_id), ExitStack() as work:
            now = self.clock.now()
            session, instance_id = self._begin(work, UserTask, task_id, now)
            if instance_id is None:
                raise NotAllowed("engine.task_not_allowed")
            instance = lock_instance(session, instance_id, by=actor, about=task_id)
            task = find(session, task_id, actor)
            here = task_situation(session, self.tools, task, now, actor)
            yield instance, task, here
            self._record(session, actor, verb, "task", task_id, now, reason=in_brief(reason))

    def _begin(
        self, work: ExitStack, table: type[Any], row_id: str, now: datetime
    ) -> tuple[Session, str | None]:
        """Open the unit of work of a verb on a row's instance, once what is due there has fired."""
        session = work.enter_context(self.unit_of_work())
        asked = {"row": row_id, "now": now}
        found = session.execute(DUE[table], asked).one_or_none()
        instance_id, is_due = (None, False) if found is None else (found[0], found[1])
        if instance_id is not None and is_due:
            work.close()  # what fires is stored even if the verb is refused
            self._fire_on(instance_id, now)
            session = work.enter_context(self.unit_of_work())
        return session, instance_id

    def _fire_before(self, table: type[Any], row_id: str, now: datetime) -> None:
        """Fire what is due on a row's instance, in a transaction that a refusal leaves alone."""
        with self.unit_of_work() as session:
            instance_id = _instance_of(session, table, row_id)
            if instance_id is not None:
                self._fire_in(session, instance_id, now)

    def _fire_on(self, instance_id: str, now: datetime) -> None:
        with self.unit_of_work() as session:
            self._fire_in(session, instance_id, now)

    def _fire_in(self, session: Session, instance_id: str, now: datetime) -> None:
        if timers.is_due(session, instance_id, now):
            timers.fire_due_on(session, self.tools, instance_id, now)

    def _own_case(self, session: Session, case_id: str, actor: Actor) -> CaseRow:
        want(session, case_id)
        case = session.get(CaseRow, case_id, with_for_update=True, populate_existing=True)
        if case is None or not starting.is_own(case, actor):
            raise NotAllowed("engine.case_not_allowed")
        hold(session, actor.account_id, case_id)
        return case

    def _record(
        self,
        session: Session,
        actor: Actor,
        verb: str,
        object_type: str,
        object_id: str,
        now: datetime,
        *,
        reason: str | None = None,
    ) -> None:
        """Write the audit entry of a verb that was carried out."""
        audit(
            session,
            actor=actor.account_id,
            action=verb,
            object_type=object_type,
            object_id=object_id,
            at=now,
            reason=reason,
        )

    @contextmanager
    def _audited(
        self, actor: Actor | None, verb: str, object_type: str, object_id: str
    ) -> Iterator[None]:
        """Leave an audit entry when a verb is refused; the refusal goes on to the caller."""
        try:
            yield
        except Busy:
            raise  # nobody said no: the same command may be sent again
        except AppError as error:
            with self.unit_of_work() as session:
                audit(
                    session,
                    actor=actor.account_id if actor is not None else PROCESS,
                    action=verb,
                    object_type=object_type,
                    object_id=object_id,
                    at=self.clock.now(),
                    outcome="refused",
                    reason=error.code,
                )
            raise
