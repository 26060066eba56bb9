"""The verbs of 加签: asking others to sign a task, signing it, taking back what was handed in.

Part of the engine; each is one transaction on the task's instance, framed by `commands`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.engine import tasks
from app.engine.commands import Commands
from app.engine.idempotency import answered, remember
from app.engine.signing import asking, opinions, signers

Answer = dict[str, Any]


@repeat_commands
@dataclass(frozen=True)
class SignerVerbs(Commands):
    """What is done about signatures beside a task's assignee."""

    def add_signer(
        self,
        task_id: str,
        account_id: str,
        *,
        position: str,
        question: str,
        actor: Actor,
        key: str | None = None,
    ) -> Answer:
        """Ask somebody to sign a task before its completion or after it was handed in."""
        find = tasks.find_to_assign
        with self._on_task(task_id, actor, "add_signer", find=find, reason=question) as found:
            instance, task, here = found
            earlier = answered(here.session, key, actor, "add_signer", task_id)
            if earlier is not None:
                return earlier
            row = asking.add(
                instance, task, account_id, position=position, question=question, situation=here
            )
            answer = {"task_id": task_id, "signer_id": row.id}
            return remember(here.session, key, actor, "add_signer", answer, here.now)

    def remove_signer(self, task_id: str, signer_id: str, *, reason: str, actor: Actor) -> None:
        """Ask a signer no more; a handed-in task that only waited for him is completed."""
        find = tasks.find_to_assign
        with self._on_task(task_id, actor, "remove_signer", find=find, reason=reason) as found:
            instance, task, here = found
            opinions.no_longer_wanted(instance, task, signer_id, reason=reason, situation=here)

    def sign_task(
        self, task_id: str, raw: Mapping[str, Any], *, actor: Actor, key: str | None = None
    ) -> Answer:
        """Sign a task with an opinion; the last agreement after it was handed in completes it."""
        find = signers.find_to_sign
        with self._on_task(task_id, actor, "sign_task", find=find) as (instance, task, here):
            earlier = answered(here.session, key, actor, "sign_task", task_id)
            if earlier is not None:
                return earlier
            opinions.sign(instance, task, raw, situation=here)
            answer = {"task_id": task_id, "status": task.status}
            return remember(here.session, key, actor, "sign_task", answer, here.now)

    def take_back(self, task_id: str, *, actor: Actor) -> None:
        """Take back a task that was handed in and waits for signatures."""
        find = tasks.find_to_assign
        with self._on_task(task_id, actor, "take_back", find=find) as (instance, task, here):
            opinions.take_back(instance, task, situation=here)
