"""The operators' verbs: what one asks for and another approves.

Part of the engine; each is one transaction on the instance, framed by `commands`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.domain.audit import record as audit
from app.engine.commands import Commands, in_brief
from app.engine.idempotency import answered, remember
from app.engine.operating import requests, suspending
from app.engine.operating.repairs import INSTANCE, Ground, Subject
from app.engine.operating.tables import OperationRequest

Answer = dict[str, Any]


@repeat_commands
@dataclass(frozen=True)
class OperatingVerbs(Commands):
    """What operators do to cases, alone or by two."""

    def suspend(
        self, instance_id: str, *, reason: str, actor: Actor, key: str | None = None
    ) -> None:
        """Let a case stand still until it is resumed; its periods run on."""
        self._operate(instance_id, "suspend", suspending.suspend, reason, actor, key)

    def resume(
        self, instance_id: str, *, reason: str, actor: Actor, key: str | None = None
    ) -> None:
        """Let a suspended case go on; timers and messages of the meantime are made up in order."""
        self._operate(instance_id, "resume", suspending.resume, reason, actor, key)

    def _operate(
        self,
        instance_id: str,
        verb: str,
        act: Callable[[Ground], None],
        reason: str,
        actor: Actor,
        key: str | None,
    ) -> None:
        """Carry out what one operator alone may do."""
        with self._audited(actor, verb, INSTANCE, instance_id):
            now = self.clock.now()
            self._fire_on(instance_id, now)
            with self.unit_of_work() as session:
                if answered(session, key, actor, verb, instance_id) is not None:
                    return
                subject = Subject(INSTANCE, instance_id)
                ground = requests.locked_ground(session, self.tools, subject, actor=actor, now=now)
                act(replace(ground, reason=reason))
                audit(
                    session,
                    actor=actor.account_id,
                    action=verb,
                    object_type=INSTANCE,
                    object_id=instance_id,
                    at=now,
                    reason=in_brief(reason),
                )
                remember(session, key, actor, verb, {"instance_id": instance_id}, now)

    def request_repair(
        self,
        verb: str,
        subject: Subject,
        arguments: Mapping[str, Any],
        *,
        reason: str,
        actor: Actor,
        key: str | None = None,
    ) -> Answer:
        """Ask for a repair that a second operator must approve; nothing is changed yet."""
        with self._audited(actor, f"request.{verb}", subject.kind, subject.id):
            now = self.clock.now()
            self._fire_subject(subject, now)
            with self.unit_of_work() as session:
                earlier = answered(session, key, actor, "request_repair", subject.id)
                if earlier is not None:
                    return earlier
                ground = requests.locked_ground(session, self.tools, subject, actor=actor, now=now)
                row = requests.request(ground, verb, arguments, reason=reason)
                self._note(session, actor, f"request.{verb}", row, now, reason)
                answer = {"subject": subject.id, "request_id": row.id}
                return remember(session, key, actor, "request_repair", answer, now)

    def approve_repair(self, request_id: str, *, actor: Actor, key: str | None = None) -> Answer:
        """Carry out what another operator asked for; a case that has moved is checked again."""
        with self._audited(actor, "approve", "operation_request", request_id):
            now = self.clock.now()
            with self.unit_of_work() as session:
                subject = requests.subject_of(session, request_id)
            self._fire_subject(subject, now)
            with self.unit_of_work() as session:
                earlier = answered(session, key, actor, "approve_repair", request_id)
                if earlier is not None:
                    return earlier
                row = requests.approve(session, self.tools, request_id, actor=actor, now=now)
                self._note(session, actor, f"approve.{row.verb}", row, now, row.reason)
                answer = {"request_id": request_id, "outcome": row.outcome}
                return remember(session, key, actor, "approve_repair", answer, now)

    def reject_repair(self, request_id: str, *, reason: str, actor: Actor) -> None:
        """Say no to a repair, or withdraw one's own request."""
        with (
            self._audited(actor, "reject", "operation_request", request_id),
            self.unit_of_work() as session,
        ):
            now = self.clock.now()
            row = requests.reject(session, request_id, reason=reason, actor=actor, now=now)
            self._note(session, actor, f"reject.{row.verb}", row, now, reason)

    def _fire_subject(self, subject: Subject, now: datetime) -> None:
        if subject.kind == INSTANCE:
            self._fire_on(subject.id, now)

    def _note(
        self,
        session: Session,
        actor: Actor,
        action: str,
        row: OperationRequest,
        now: datetime,
        reason: str,
    ) -> None:
        """Leave an audit entry on the subject; arguments may hold data and are not kept there."""
        audit(
            session,
            actor=actor.account_id,
            action=action,
            object_type=row.subject_kind,
            object_id=row.subject_id,
            at=now,
            reason=in_brief(reason),
        )
