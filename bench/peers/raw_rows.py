"""The rows of a completion as raw SpiffWorkflow is given them: the house's tables, plain inserts.

The state, the task that is done and the next one with its candidate, the submission, a line of
history for whatever was entered and completed, an audit entry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.db.base import new_id
from app.domain.audit.tables import AuditEntry
from app.engine.tables import (
    ACTIVE,
    COMPLETED,
    ENDED,
    OPEN,
    ActivityEvent,
    Bundle,
    ProcessInstance,
    TaskCandidate,
    TaskSubmission,
    UserTask,
)
from bench.peers.protocol import VALUES

GROUP, PERSON = "R-UADM@DW-002", "0" * 32
SEAL = "0" * 64


def now() -> datetime:
    """Return the time of a row."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Rows:
    """Writes rows; every function is called inside a transaction."""

    bundle_id: str

    @classmethod
    def prepared(cls, connection: Connection) -> Rows:
        """Write the one definition that instances refer to."""
        bundle = new_id()
        values = {
            "id": bundle, "process_key": "line", "version": 1, "title": "line", "sha256": SEAL,
            "files": "{}", "published_at": now(), "published_by": "bench", "note": "",
        }  # fmt: skip
        connection.execute(insert(Bundle).values(values))
        return cls(bundle)

    def begin(self, connection: Connection, state: str, waiting: list[Any]) -> str:
        """Write a new instance with its first task."""
        instance = new_id()
        values = {
            "id": instance, "bundle_id": self.bundle_id, "process_key": "line", "state": state,
            "business_key": instance, "revision": 1, "status": ACTIVE, "started_at": now(),
        }  # fmt: skip
        connection.execute(insert(ProcessInstance).values(values))
        self._open(connection, instance, waiting)
        return instance

    def waiting(self, connection: Connection, instance_id: str) -> tuple[str, str]:
        """Return the open task's row and token."""
        query = select(UserTask.id, UserTask.token_id).where(
            UserTask.instance_id == instance_id, UserTask.status == OPEN
        )
        row_id, token = connection.execute(query).one()
        return row_id, token

    def lock(self, connection: Connection, instance_id: str) -> str:
        """Lock an instance and return its state."""
        query = select(ProcessInstance.state).where(ProcessInstance.id == instance_id)
        return str(connection.execute(query.with_for_update()).scalar_one())

    def completed(
        self, connection: Connection, instance_id: str, row_id: str, state: str,
        passed: list[Any], waiting: list[Any], *, over: bool,
    ) -> None:  # fmt: skip
        """Write everything that a completion leaves behind."""
        at = now()
        changed = {
            "state": state, "revision": ProcessInstance.revision + 1,
            "status": ENDED if over else ACTIVE, "ended_at": at if over else None,
        }  # fmt: skip
        instance = update(ProcessInstance).where(ProcessInstance.id == instance_id)
        connection.execute(instance.values(changed))
        task = update(UserTask).where(UserTask.id == row_id, UserTask.status == OPEN)
        done = {"status": COMPLETED, "completed_at": at, "completed_by": PERSON}
        connection.execute(task.values(done))
        self._submit(connection, instance_id, row_id, passed[0].task_spec.bpmn_id)
        self._open(connection, instance_id, waiting)
        self._tell(connection, instance_id, passed, waiting)
        self._audit(connection, row_id)

    def _submit(self, connection: Connection, instance: str, task: str, element: str) -> None:
        values = {
            "id": new_id(), "instance_id": instance, "task_id": task, "element_id": element,
            "form_id": "turn", "account_id": PERSON, "name": "bench", "at": now(),
            "values_enc": json.dumps(VALUES, ensure_ascii=False).encode(),
        }  # fmt: skip
        connection.execute(insert(TaskSubmission).values(values))

    def _open(self, connection: Connection, instance: str, waiting: list[Any]) -> None:
        for token in waiting:
            task = new_id()
            values = {
                "id": task, "instance_id": instance, "token_id": str(token.id), "form_id": "turn",
                "element_id": token.task_spec.bpmn_id, "name": token.task_spec.bpmn_name or "",
                "stage": "UNIT", "status": OPEN, "priority": 50, "created_at": now(), "scope": "",
            }  # fmt: skip
            connection.execute(insert(UserTask).values(values))
            candidate = {"task_id": task, "group_code": GROUP}
            connection.execute(insert(TaskCandidate).values(candidate))

    def _tell(
        self, connection: Connection, instance: str, passed: list[Any], waiting: list[Any]
    ) -> None:
        last = select(ActivityEvent.seq).where(ActivityEvent.instance_id == instance)
        found = connection.execute(last.order_by(ActivityEvent.seq.desc()).limit(1)).scalar()
        happened = [("completed", passed[0])]
        for each in passed[1:]:
            happened += [("entered", each), ("completed", each)]
        happened += [("entered", each) for each in waiting]
        lines = [
            {
                "id": new_id(), "instance_id": instance, "seq": seq, "kind": kind,
                "element_id": task.task_spec.bpmn_id, "at": now(), "previous": SEAL,
                "element_name": task.task_spec.bpmn_name or "", "hash": SEAL,
                "element_kind": type(task.task_spec).__name__, "account_id": PERSON,
            }
            for seq, (kind, task) in enumerate(happened, start=(found or 0) + 1)
        ]  # fmt: skip
        connection.execute(insert(ActivityEvent), lines)

    def _audit(self, connection: Connection, task: str) -> None:
        values = {
            "chain": f"task:{task}", "seq": 1, "at": now(), "actor": PERSON, "action": "complete",
            "object_type": "task", "object_id": task, "outcome": "ok", "previous": SEAL,
            "seal": SEAL,
        }  # fmt: skip
        connection.execute(insert(AuditEntry).values(values))
