"""The verbs on one user task: who has it, what is typed into it, and its completion.

Part of the engine; each is one transaction on the task's instance, framed by `commands`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.engine import completing, handing, tasks
from app.engine.commands import Commands
from app.engine.idempotency import answered, remember
from app.engine.signing.signers import require_in_hand
from app.engine.tables import COMPLETED, OPEN

Answer = dict[str, Any]
HANDED_IN = "handed_in"


@repeat_commands
@dataclass(frozen=True)
class TaskVerbs(Commands):
    """What people do with their tasks."""

    def claim(self, task_id: str, *, actor: Actor) -> None:
        """Take a task from its candidate groups' list."""
        with self._on_task(task_id, actor, "claim") as (instance, task, here):
            tasks.claim(instance, task, actor=actor, situation=here)

    def release(self, task_id: str, *, actor: Actor) -> None:
        """Give a claimed task back."""
        with self._on_task(task_id, actor, "release") as (_, task, _here):
            tasks.release(task, actor)

    def assign(
        self, task_id: str, account_id: str | None, *, actor: Actor, reason: str = ""
    ) -> None:
        """Give an open task to a candidate, or take it away from whoever has it."""
        find = tasks.find_to_assign
        with self._on_task(task_id, actor, "assign", find=find, reason=reason) as found:
            instance, task, here = found
            handing.assign(instance, task, account_id, reason=reason, situation=here)

    def delegate(self, task_id: str, account_id: str, *, actor: Actor, note: str = "") -> None:
        """Let a colleague do a task; it comes back for its completion."""
        with self._on_task(task_id, actor, "delegate", reason=note) as (instance, task, here):
            handing.delegate(instance, task, account_id, note=note, situation=here)

    def give_back(
        self, task_id: str, values: Mapping[str, Any] | None = None, *, actor: Actor
    ) -> None:
        """Return a delegated task, filled in, to who delegated it."""
        with self._on_task(task_id, actor, "give_back") as (instance, task, here):
            handing.give_back(instance, task, values, situation=here)

    def save_task_draft(self, task_id: str, values: Mapping[str, Any], *, actor: Actor) -> None:
        """Keep what was typed into a task's form."""
        with self._on_task(task_id, actor, "save_task_draft") as (_, task, here):
            tasks.require_open(task)
            tasks.require_mine(task, actor)
            require_in_hand(task)
            task.draft, task.draft_at = dict(values), here.now

    def complete(
        self, task_id: str, raw: Mapping[str, Any], *, actor: Actor, key: str | None = None
    ) -> Answer:
        """Complete a user task; the submission stands even if a later step fails."""
        with self._on_task(task_id, actor, "complete") as (instance, task, here):
            earlier = answered(here.session, key, actor, "complete", task_id)
            if earlier is not None:
                return earlier
            tasks.require_open(task)
            completing.complete(instance, task, raw, situation=here)
            answer = {"task_id": task.id, "business_key": instance.business_key}
            answer["status"] = HANDED_IN if task.handed_in_at and task.status == OPEN else COMPLETED
            return remember(here.session, key, actor, "complete", answer, here.now)
