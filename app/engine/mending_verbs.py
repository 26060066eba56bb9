"""The verbs that try again what failed: a step, all steps of one cause, a message given up.

Part of the engine; each incident is one transaction, framed by `commands`.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.domain.audit import record as audit
from app.engine import incidents
from app.engine.commands import Commands, in_brief
from app.engine.handing import require_reason
from app.engine.operating.requests import require_operator
from app.engine.operating.retried import Tried, of_cause, outcome
from app.engine.tables import Incident
from app.errors import AppError


@repeat_commands
@dataclass(frozen=True)
class MendingVerbs(Commands):
    """What is done about incidents."""

    def retry(self, incident_id: str, *, actor: Actor, reason: str = "") -> None:
        """Try an incident's token again."""
        audited, now = self._audited(actor, "retry", "incident", incident_id), self.clock.now()
        self._fire_before(Incident, incident_id, now)
        with audited, self.unit_of_work() as session:
            incidents.retry(session, self.tools, incident_id, actor=actor, now=now)
            why = in_brief(reason)
            self._record(session, actor, "retry", "incident", incident_id, now, reason=why)

    def retry_cause(self, kind: str, *, reason: str, actor: Actor) -> list[Tried]:
        """Try everything again that stopped for one cause, and tell what became of each."""
        with self._audited(actor, "retry_cause", "incident", kind[:32]):
            require_operator(actor)
            require_reason(reason)
            with self.unit_of_work() as session:
                found = of_cause(session, kind)
        tried = [self.retry_told(each, reason=reason, actor=actor) for each in found]
        return [each for each in tried if each is not None]

    def retry_told(self, incident_id: str, *, actor: Actor, reason: str = "") -> Tried | None:
        """Try one incident again and tell what became of it; None when there is no such one."""
        refused = None
        try:
            self.retry(incident_id, actor=actor, reason=reason)
        except AppError as error:
            refused = error
        with self.unit_of_work() as session:
            return outcome(session, incident_id, refused)

    def send_again(self, outbox_id: str, *, actor: Actor) -> None:
        """Let a message that was given up be sent again."""
        with (
            self._audited(actor, "send_again", "outbox", outbox_id),
            self.unit_of_work() as session,
        ):
            incidents.send_again(session, outbox_id)
            audit(
                session,
                actor=actor.account_id,
                action="send_again",
                object_type="outbox",
                object_id=outbox_id,
                at=self.clock.now(),
            )
