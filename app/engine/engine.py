"""The engine's verbs; each is one transaction, and a refused one leaves an audit entry.

Callers hand over who acts and what was typed; legal time comes from the house's clock. Every verb
on an instance first fires what is due there, so an overdue deadline never loses to a late click.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.clock import Clock
from app.db.unit_of_work import UnitOfWork
from app.domain.access.actor import Actor
from app.domain.audit import record as audit
from app.domain.cases.tables import CaseRow
from app.engine import background, bundles, incidents, starting, tasks, timers
from app.engine.acting import lock_instance
from app.engine.doors import open_task_of
from app.engine.idempotency import answered, remember
from app.engine.looking import task_situation
from app.engine.package import Package
from app.engine.situation import Situation, Tools
from app.engine.tables import Incident, Outbox, ProcessInstance, UserTask
from app.errors import AppError, NotAllowed

Answer = dict[str, Any]
INSTANCE_OF: dict[type[Any], str] = {
    CaseRow: "process_instance_id",
    Incident: "instance_id",
    Outbox: "instance_id",
    UserTask: "instance_id",
}


@dataclass(frozen=True)
class Engine:
    """The deep module of the house."""

    tools: Tools
    unit_of_work: UnitOfWork
    clock: Clock

    def publish(self, package: Package, *, published_by: str, note: str = "") -> str:
        """Store a checked package as the next version and return the bundle's id."""
        bundles.compile_package(package, self.tools.forms.load)
        with self.unit_of_work() as session:
            now = self.clock.now()
            row = bundles.store(session, package, published_by=published_by, now=now, note=note)
            return row.id

    def open_draft(self, process_key: str, *, actor: Actor) -> str:
        """Make a draft case and return its id."""
        with self._audited(actor, "draft", "process", process_key), self.unit_of_work() as session:
            case = starting.open_draft(
                session, self.tools, process_key, actor=actor, now=self.clock.now()
            )
            return case.id

    def save_draft(self, case_id: str, values: Mapping[str, Any], *, actor: Actor) -> None:
        """Keep what was typed into a draft's start form."""
        with self._audited(actor, "save_draft", "case", case_id), self.unit_of_work() as session:
            case = self._own_case(session, case_id, actor)
            starting.require_draft(case)
            case.draft_values = dict(values)
            case.updated_at = self.clock.now()

    def start(
        self, case_id: str, raw: Mapping[str, Any], *, actor: Actor, key: str | None = None
    ) -> Answer:
        """Submit a draft: the case gets its number and runs."""
        with self._audited(actor, "start", "case", case_id), self.unit_of_work() as session:
            case = self._own_case(session, case_id, actor)
            earlier = answered(session, key, actor, "start", case_id)
            if earlier is not None:
                return earlier
            starting.require_draft(case)
            now = self.clock.now()
            here = starting.draft_situation(session, self.tools, case, actor=actor, now=now)
            instance = starting.start(case, raw, situation=here)
            answer = {"case_id": case.id, "business_key": instance.business_key}
            audit(
                session,
                actor=actor.account_id,
                action="start",
                object_type="case",
                object_id=case.id,
                at=now,
            )
            return remember(session, key, actor, "start", answer, now)

    def claim(self, task_id: str, *, actor: Actor) -> None:
        """Take a task from its candidate groups' list."""
        with self._on_task(task_id, actor, "claim") as (instance, task, here):
            tasks.claim(here.session, self.tools, instance, task, actor=actor, situation=here)

    def release(self, task_id: str, *, actor: Actor) -> None:
        """Give a claimed task back."""
        with self._on_task(task_id, actor, "release") as (_, task, _here):
            tasks.release(task, actor)

    def save_task_draft(self, task_id: str, values: Mapping[str, Any], *, actor: Actor) -> None:
        """Keep what was typed into a task's form."""
        with self._on_task(task_id, actor, "save_task_draft") as (_, task, here):
            tasks.require_open(task)
            tasks.require_mine(task, actor)
            task.draft, task.draft_at = dict(values), here.now

    def complete(
        self, task_id: str, raw: Mapping[str, Any], *, actor: Actor, key: str | None = None
    ) -> Answer:
        """Complete a user task; the submission stands even if a later step fails."""
        with self._on_task(task_id, actor, "complete", key=key) as (instance, task, here):
            earlier = answered(here.session, key, actor, "complete", task_id)
            if earlier is not None:
                return earlier
            tasks.require_open(task)
            tasks.complete(instance, task, raw, situation=here, run_context=here.variables)
            answer = {"task_id": task.id, "business_key": instance.business_key}
            return remember(here.session, key, actor, "complete", answer, here.now)

    def complete_element(
        self,
        case_id: str,
        element_id: str,
        raw: Mapping[str, Any],
        *,
        actor: Actor,
        key: str | None = None,
    ) -> Answer:
        """Complete the open task of an element of one's case; a closed door says why and when."""
        with self._audited(actor, "complete", "case", case_id):
            now = self.clock.now()
            self._fire_before(CaseRow, case_id, now)
            with self.unit_of_work() as session:
                task_id = open_task_of(session, self.tools, case_id, element_id, actor, now)
        return self.complete(task_id, raw, actor=actor, key=key)

    def fire_due(self, instance_id: str, *, now: datetime | None = None) -> int:
        """Fire all timers of one instance that are due; returns how many."""
        with self.unit_of_work() as session:
            return timers.fire_due_on(session, self.tools, instance_id, now or self.clock.now())

    def fire_all_due(self) -> int:
        """Fire everything that is due now, instance by instance in order of due."""
        now, fired = self.clock.now(), 0
        while True:
            with self.unit_of_work() as session:
                due = timers.due_instances(session, now)
            if not due:
                return fired
            for instance_id in due:
                fired += self.fire_due(instance_id, now=now)

    def finish(self, outbox_id: str, *, owner: str, record: background.Record) -> None:
        """Record what a worker did outside and let the waiting token go on."""
        now = self.clock.now()
        self._fire_before(Outbox, outbox_id, now)
        with self.unit_of_work() as session:
            background.finish(session, self.tools, outbox_id, owner=owner, record=record, now=now)

    def failed(self, outbox_id: str, *, owner: str, error: Exception) -> None:
        """Count a worker's failed attempt."""
        with self.unit_of_work() as session:
            background.failed(
                session,
                self.tools,
                outbox_id,
                owner=owner,
                error=error,
                now=self.clock.now(),
            )

    def retry(self, incident_id: str, *, actor: Actor) -> None:
        """Try an incident's token again."""
        audited, now = self._audited(actor, "retry", "incident", incident_id), self.clock.now()
        self._fire_before(Incident, incident_id, now)
        with audited, self.unit_of_work() as session:
            incidents.retry(session, self.tools, incident_id, actor=actor, now=now)
            audit(
                session,
                actor=actor.account_id,
                action="retry",
                object_type="incident",
                object_id=incident_id,
                at=now,
            )

    @contextmanager
    def _on_task(
        self, task_id: str, actor: Actor, verb: str, *, key: str | None = None
    ) -> Iterator[tuple[ProcessInstance, UserTask, Situation]]:
        """Fire what is due, lock the instance, find the task under the lock."""
        with self._audited(actor, verb, "task", task_id):
            now = self.clock.now()
            self._fire_before(UserTask, task_id, now)
            with self.unit_of_work() as session:
                known = session.get(UserTask, task_id)
                if known is None:
                    raise NotAllowed("engine.task_not_allowed")
                instance = lock_instance(session, known.instance_id)
                task = tasks.find_task(session, task_id, actor)
                here = task_situation(session, self.tools, task, now, actor)
                yield instance, task, here
                audit(
                    session,
                    actor=actor.account_id,
                    action=verb,
                    object_type="task",
                    object_id=task_id,
                    at=now,
                )

    def _fire_before(self, table: type[Any], row_id: str, now: datetime) -> None:
        """Fire what is due on a row's instance, in a transaction that a refusal leaves alone."""
        with self.unit_of_work() as session:
            row = session.get(table, row_id)
            instance_id = getattr(row, INSTANCE_OF[table]) if row is not None else None
            if instance_id and timers.due_timer(session, instance_id, now):
                timers.fire_due_on(session, self.tools, instance_id, now)

    def _own_case(self, session: Session, case_id: str, actor: Actor) -> CaseRow:
        case = session.get(CaseRow, case_id, with_for_update=True, populate_existing=True)
        if case is None or not starting.is_own(case, actor):
            raise NotAllowed("engine.case_not_allowed")
        return case

    @contextmanager
    def _audited(self, actor: Actor, verb: str, object_type: str, object_id: str) -> Iterator[None]:
        """Leave an audit entry when a verb is refused; the refusal goes on to the caller."""
        try:
            yield
        except AppError as error:
            with self.unit_of_work() as session:
                audit(
                    session,
                    actor=actor.account_id,
                    action=verb,
                    object_type=object_type,
                    object_id=object_id,
                    at=self.clock.now(),
                    outcome="refused",
                    reason=error.code,
                )
            raise
