"""The verbs that carry messages: a person's to his case, and those between procedures.

Part of the engine; each instance is one transaction, framed by `commands`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.domain.cases.tables import CaseRow
from app.engine import message_starts, messages, sending
from app.engine.commands import Commands
from app.engine.idempotency import answered, remember
from app.errors import EngineError

Answer = dict[str, Any]


@repeat_commands
@dataclass(frozen=True)
class MessageVerbs(Commands):
    """What reaches a procedure from outside its tasks."""

    def send(
        self,
        case_id: str,
        element_id: str,
        raw: Mapping[str, Any],
        *,
        actor: Actor,
        key: str | None = None,
    ) -> Answer:
        """Send a case what one of its events waits for; what was typed stands in any case."""
        with self._audited(actor, "send", "case", case_id):
            now = self.clock.now()
            self._fire_before(CaseRow, case_id, now)
            with self.unit_of_work() as session:
                instance, here = sending.lock_case(session, self.tools, case_id, actor, now)
                earlier = answered(session, key, actor, "send", case_id)
                if earlier is not None:
                    return earlier
                sending.send(instance, element_id, raw, situation=here)
                answer = {"case_id": case_id, "business_key": instance.business_key}
                self._record(session, actor, "send", "case", case_id, now)
                return remember(session, key, actor, "send", answer, now)

    def correlate(
        self,
        name: str,
        correlation_key: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor | None = None,
        key: str | None = None,
    ) -> int:
        """Deliver a message to every token that waits for it, and begin what begins with it.

        Returns how many tokens took it, cases begun included. Nobody waiting is refused to a
        person, and 0 to a process.
        """
        now, taken = self.clock.now(), 0
        message = messages.Message(name, correlation_key, variables or {}, key)
        with self._audited(actor, "correlate", "message", name):
            with self.unit_of_work() as session:
                waiting = messages.receivers(session, message, actor=actor, now=now)
            for instance_id in waiting:
                self._fire_on(instance_id, now)
                with self.unit_of_work() as session:
                    taken += messages.deliver(
                        session, self.tools, instance_id, message, actor=actor, now=now
                    )
            with self.unit_of_work() as session:
                begun = message_starts.begun_by(session, self.tools, name)
            for process_key in begun:
                with self.unit_of_work() as session:
                    taken += message_starts.begin(
                        session, self.tools, process_key, message, now=now
                    )
            if not taken and actor is not None:
                raise EngineError("engine.message_unawaited", name=name, key=correlation_key)
        return taken
