"""Taking a migration of one instance back, from the snapshot that was stored with it.

Only while the instance has not moved since: what anybody, a timer or a worker did afterwards was
done by the new drawing and cannot be undone by the old one. Claims and drafts stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.access.rules import may_operate
from app.domain.audit import record as audit
from app.domain.calendar import Deadline
from app.engine.acting import host_for, lock_instance, require_active
from app.engine.handing import require_reason
from app.engine.history import History, whole
from app.engine.host import ReadingHost
from app.engine.looking import instance_situation
from app.engine.migrating.moving import set_groups
from app.engine.migrating.tables import DONE, REVERTED, InstanceMigration
from app.engine.projection import project
from app.engine.situation import Tools
from app.engine.spiff import Run
from app.engine.tables import OPEN, MessageSubscription, ProcessInstance, Timer, UserTask
from app.errors import EngineError, NotAllowed
from app.messages import message

TAKEN_BACK = "unmigrated"


def require_revertible(instance: ProcessInstance, row: InstanceMigration) -> None:
    """Raise when a migration cannot be taken back any more."""
    if row.outcome != DONE:
        raise EngineError("migration.not_done")
    require_active(instance)
    if row.went_on:
        raise EngineError("migration.went_on")
    if instance.revision != row.revision:
        raise EngineError("migration.moved_since")


def revert(
    session: Session, tools: Tools, row_id: str, *, actor: Actor, reason: str, now: datetime
) -> None:
    """Put an instance back on the bundle it came from; raises when it has moved since."""
    if not may_operate(actor):
        raise NotAllowed("engine.operating_not_allowed")
    require_reason(reason)
    row = session.get(InstanceMigration, row_id)
    if row is None:
        raise NotAllowed("migration.unknown")
    instance = lock_instance(session, row.instance_id, by=actor)
    session.refresh(row)
    require_revertible(instance, row)
    _put_back(session, tools, row, instance, actor=actor, reason=reason.strip(), now=now)
    row.outcome, row.reverted_at, row.reverted_by_name = REVERTED, now, actor.name
    audit(
        session, actor=actor.account_id, action="revert_migration", object_type="instance",
        object_id=instance.id, at=now,
    )  # fmt: skip


def _put_back(
    session: Session,
    tools: Tools,
    row: InstanceMigration,
    instance: ProcessInstance,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    newer = tools.bundles.get(session, instance.bundle_id)
    after = Run.restore(newer.definition, ReadingHost(), instance.state)
    instance.bundle_id, instance.state = row.from_bundle_id, row.state_before or ""
    here = instance_situation(session, tools, instance, now, actor)
    if here.case is not None and here.case.process_instance_id == instance.id:
        here.case.bundle_id = row.from_bundle_id
    _put_rows_back(session, instance, row)
    host = host_for(here)
    run = Run.restore(here.bundle.definition, host, instance.state)
    _write_lines(host.history, after, run, now)
    project(session, instance, run, host)
    line = message("migration.line", before=newer.version, version=here.bundle.version)
    host.history.write(
        TAKEN_BACK, whole(here.bundle), at=now, actor=actor, reason=f"{line}；{reason}"
    )


def _put_rows_back(session: Session, instance: ProcessInstance, row: InstanceMigration) -> None:
    """Give the rows that stood before their former columns; what is new is closed by projecting."""
    before = row.rows_before or {}
    for task_id, columns in before.get("tasks", {}).items():
        _put_task_back(session, session.get_one(UserTask, task_id), dict(columns))
    for timer in _rows_of(session, Timer, instance.id, before.get("timers", {})):
        timer.element_id = before["timers"][timer.token_id]
    waiting = before.get("subscriptions", {})
    for each in _rows_of(session, MessageSubscription, instance.id, waiting):
        each.element_id, each.name, each.correlation_key = waiting[each.token_id]


def _put_task_back(session: Session, task: UserTask, columns: dict[str, Any]) -> None:
    groups = columns.pop("groups")
    if groups is not None:
        set_groups(session, task.id, groups)
    if "assignee" in columns and task.assignee is not None:
        columns = {name: value for name, value in columns.items() if "assignee" not in name}
    for name, value in columns.items():
        setattr(task, name, value)
    if task.status != OPEN:
        task.status, task.completed_at = OPEN, None
        deadline = session.get(Deadline, task.deadline_id) if task.deadline_id else None
        if deadline is not None:
            deadline.closed_at = None


def _rows_of(
    session: Session, table: type[Any], instance_id: str, tokens: dict[str, Any]
) -> Sequence[Any]:
    query = select(table).where(table.instance_id == instance_id, table.token_id.in_(tokens))
    return session.scalars(query).all()


def _write_lines(history: History, after: Run, before: Run, now: datetime) -> None:
    """Let the history tell which tokens went again and which are there again."""
    there = {token.id: token for token in before.tokens()}
    gone = {token.id: token for token in after.tokens()}
    for token_id in gone.keys() - there.keys():
        history.write("cancelled", gone[token_id].element, at=now)
    for token_id in there.keys() - gone.keys():
        history.write("entered", there[token_id].element, at=now)
