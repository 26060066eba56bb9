"""The engine's verbs; each is one transaction, and a refused one leaves an audit entry.

Callers hand over who acts and what was typed; legal time comes from the house's clock. Every verb
on an instance first fires what is due there, so an overdue deadline never loses to a late click.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.domain.cases.tables import CaseRow
from app.engine import (
    background,
    cancelling,
    incidents,
    starting,
    timers,
)
from app.engine.acting import lock_instance
from app.engine.calendar_verbs import CalendarVerbs
from app.engine.commands import in_brief
from app.engine.doors import task_of
from app.engine.idempotency import answered, remember
from app.engine.looking import instance_situation
from app.engine.mending_verbs import MendingVerbs
from app.engine.message_verbs import MessageVerbs
from app.engine.migration_verbs import MigrationVerbs
from app.engine.operating_verbs import OperatingVerbs
from app.engine.publishing_verbs import PublishingVerbs
from app.engine.signer_verbs import SignerVerbs
from app.engine.spiff import BpmnError
from app.engine.start_verbs import StartVerbs
from app.engine.tables import Outbox
from app.engine.task_verbs import Answer, TaskVerbs
from app.engine.unreadable import tells_unreadable


@tells_unreadable
@repeat_commands
@dataclass(frozen=True)
class Engine(
    TaskVerbs,
    SignerVerbs,
    MessageVerbs,
    StartVerbs,
    MendingVerbs,
    OperatingVerbs,
    MigrationVerbs,
    PublishingVerbs,
    CalendarVerbs,
):
    """The deep module of the house."""

    def open_draft(self, process_key: str, *, actor: Actor, key: str | None = None) -> str:
        """Make a draft case and return its id; the same key gets the same draft."""
        with self._audited(actor, "draft", "process", process_key), self.unit_of_work() as session:
            earlier = answered(session, key, actor, "draft", process_key)
            if earlier is not None:
                return str(earlier["case_id"])
            now = self.clock.now()
            case = starting.open_draft(session, self.tools, process_key, actor=actor, now=now)
            answer = {"process": process_key, "case_id": case.id}
            remember(session, key, actor, "draft", answer, now)
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
            self._record(session, actor, "start", "case", case.id, now)
            return remember(session, key, actor, "start", answer, now)

    def begin(
        self, process_key: str, record_id: str, person_code: str, *, actor: Actor,
        key: str | None = None,
    ) -> Answer:  # fmt: skip
        """Start a procedure for a person's title record; its `opener` role may, no form is asked.

        A record that is being begun by somebody else at this moment is begun once: the guard of
        the start is asked under the lock of the record.
        """
        with self._audited(actor, "begin", "title", record_id), self.unit_of_work() as session:
            earlier = answered(session, key, actor, "begin", record_id)
            if earlier is not None:
                return earlier
            now = self.clock.now()
            instance = starting.begin(
                session, self.tools, process_key, record_id, person_code, actor=actor, now=now
            )
            answer = {"record_id": record_id, "business_key": instance.business_key}
            self._record(session, actor, "begin", "title", record_id, now)
            return remember(session, key, actor, "begin", answer, now)

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
                task_id = task_of(session, self.tools, case_id, element_id, actor, now)
        return self.complete(task_id, raw, actor=actor, key=key)

    def fire_due(self, instance_id: str, *, now: datetime | None = None) -> int:
        """Fire all timers of one instance that are due; returns how many."""
        with self.unit_of_work() as session:
            return timers.fire_due_on(session, self.tools, instance_id, now or self.clock.now())

    def fire_all_due(self) -> int:
        """Fire everything that is due now, instance by instance in order of due."""
        now, fired = self.clock.now(), self.fire_due_starts()
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

    def throw(self, outbox_id: str, *, owner: str, error: BpmnError) -> None:
        """Take the way that is drawn for an error of background work; undrawn, an incident."""
        now = self.clock.now()
        self._fire_before(Outbox, outbox_id, now)
        with self.unit_of_work() as session:
            background.throw(session, self.tools, outbox_id, owner=owner, error=error, now=now)

    def failed(self, outbox_id: str, *, owner: str, error: Exception) -> None:
        """Count a worker's failed attempt."""
        now = self.clock.now()
        self._fire_before(Outbox, outbox_id, now)
        with self.unit_of_work() as session:
            background.failed(session, self.tools, outbox_id, owner=owner, error=error, now=now)

    def postpone(self, outbox_id: str, *, owner: str, after: timedelta) -> None:
        """Let a worker ask again later; nothing has failed."""
        now = self.clock.now()
        self._fire_before(Outbox, outbox_id, now)
        with self.unit_of_work() as session:
            background.postpone(session, self.tools, outbox_id, owner=owner, after=after, now=now)

    def cancel(self, instance_id: str, *, reason: str, actor: Actor) -> None:
        """End a whole instance before its time; the applicant is told why."""
        with self._audited(actor, "cancel", "instance", instance_id):
            now = self.clock.now()
            self._fire_on(instance_id, now)
            with self.unit_of_work() as session:
                instance = lock_instance(session, instance_id, by=actor)
                here = instance_situation(session, self.tools, instance, now, actor)
                cancelling.cancel(instance, reason=reason, situation=here)
                why = in_brief(reason)
                self._record(session, actor, "cancel", "instance", instance_id, now, reason=why)

    def report_stalled(self) -> int:
        """Open an incident for every active instance that nothing moves; returns how many."""
        with self.unit_of_work() as session:
            found = incidents.stalled(session)
        reported = 0
        for instance_id in found:
            with self.unit_of_work() as session:
                now = self.clock.now()
                reported += incidents.report_stalled(session, self.tools, instance_id, now)
        return reported
