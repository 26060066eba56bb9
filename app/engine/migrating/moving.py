"""Putting one locked instance on the newer bundle, in the caller's transaction.

The plan is made again under the lock. What goes wrong raises and takes everything back: a state
that went over half never exists. What is needed to take it back is written beside it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.db.failpoints import reach
from app.domain.access.actor import Actor
from app.domain.audit import record as audit
from app.engine.acting import host_for, lock_instance
from app.engine.bundles import Compiled
from app.engine.history import History, whole
from app.engine.looking import instance_situation
from app.engine.migrating.changing import TaskChange
from app.engine.migrating.planning import MOVABLE, Plan, plan_of
from app.engine.migrating.tables import DONE, SKIPPED, WAITING, InstanceMigration, Migration
from app.engine.migrating.wanted import Wanted
from app.engine.projecting_events import key_text
from app.engine.projection import project
from app.engine.situation import Tools
from app.engine.spiff import Passage, Run
from app.engine.tables import (
    OPEN,
    MessageSubscription,
    ProcessInstance,
    TaskCandidate,
    Timer,
    UserTask,
)
from app.messages import message

MIGRATED = "migrated"


def approver_of(migration: Migration) -> Actor:
    """Return who approved a migration, as the history names him."""
    return Actor(
        migration.approved_by,
        None,
        migration.approved_by_name,
        frozenset(),
        migration.approved_organisation,
    )


def wanted_of(session: Session, tools: Tools, migration: Migration) -> Wanted:
    """Return what a migration was approved to do."""
    return Wanted(
        tools.bundles.get(session, migration.to_bundle_id),
        migration.renamed,
        migration.sent_to,
        migration.accept_skipped,
    )


def migrate_one(session: Session, tools: Tools, row_id: str, *, now: datetime) -> str:
    """Move the instance of a row, or note why not; returns the outcome. Once done, done."""
    row = session.get_one(InstanceMigration, row_id)
    instance = lock_instance(session, row.instance_id)
    session.refresh(row)
    if row.outcome != WAITING:
        return row.outcome
    migration = session.get_one(Migration, row.migration_id)
    plan = plan_of(session, tools, instance, wanted_of(session, tools, migration), now)
    if plan.verdict in MOVABLE and plan.passage is not None:
        _move(session, tools, row, migration, plan, plan.passage, now)
    else:
        row.outcome, row.at, row.said = SKIPPED, now, " ".join(_why_not(plan))
    return row.outcome


def _why_not(plan: Plan) -> list[str]:
    skipped = [message("migration.would_skip", name=name) for name in plan.skipped]
    return [*plan.reasons, *skipped]


def _move(
    session: Session,
    tools: Tools,
    row: InstanceMigration,
    migration: Migration,
    plan: Plan,
    passage: Passage,
    now: datetime,
) -> None:
    instance = plan.instance
    _remember(session, row, plan)
    instance.bundle_id, instance.migrated = migration.to_bundle_id, True
    here = instance_situation(session, tools, instance, now)
    if here.case is not None and here.case.process_instance_id == instance.id:
        here.case.bundle_id = migration.to_bundle_id
    host = host_for(here)
    for token in passage.left:
        host.history.write("cancelled", token.element, at=now)
    _write_line(host.history, migration, plan, here.bundle, now)
    for change in plan.changes:
        _change(session, change)
    reach("after_act")
    run = Run.arrive(here.bundle.definition, host, passage)
    _rename_events(session, instance, run, passage)
    run.advance()
    project(session, instance, run, host)
    instance.state = run.snapshot()
    session.flush()  # the revision is what a later movement is told by
    row.outcome, row.at, row.mark = DONE, now, new_id()
    row.said = " ".join([*plan.effects, *(_passed_over(plan))])
    row.revision, row.went_on = instance.revision, bool(run.taken_flows)
    audit(
        session, actor=migration.approved_by, action="migrate", object_type="instance",
        object_id=instance.id, at=now,
    )  # fmt: skip


def _passed_over(plan: Plan) -> list[str]:
    return [message("migration.skipped", name=name) for name in plan.skipped]


def _write_line(
    history: History, migration: Migration, plan: Plan, bundle: Compiled, now: datetime
) -> None:
    versions = message("migration.line", before=plan.version, version=bundle.version)
    history.write(
        MIGRATED,
        whole(bundle),
        at=now,
        actor=approver_of(migration),
        on_behalf_of=migration.requested_by_name,
        reason=f"{versions}；{migration.reason}",
    )


def _remember(session: Session, row: InstanceMigration, plan: Plan) -> None:
    """Write down the state and the rows that a revert puts back."""
    instance = plan.instance
    row.state_before, row.from_bundle_id = instance.state, instance.bundle_id
    query = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.status == OPEN)
    released = {change.task.id for change in plan.changes if change.released}
    before = {change.task.id: sorted(change.groups_before) for change in plan.changes}
    row.rows_before = {
        "tasks": {
            task.id: _columns(task, before.get(task.id), keep_claim=task.id in released)
            for task in session.scalars(query)
        },
        "subscriptions": {
            each.token_id: [each.element_id, each.name, each.correlation_key]
            for each in _open(session, MessageSubscription, instance.id)
        },
        "timers": {each.token_id: each.element_id for each in _open(session, Timer, instance.id)},
    }


def _columns(task: UserTask, groups: list[str] | None, *, keep_claim: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "element_id": task.element_id,
        "name": task.name,
        "form_id": task.form_id,
        "stage": task.stage,
        "groups": groups,
    }
    if keep_claim:
        found |= {"assignee": task.assignee, "assignee_name": task.assignee_name}
    return found


def _open(session: Session, table: type[Any], instance_id: str) -> list[Any]:
    query = select(table).where(table.instance_id == instance_id, table.done_at.is_(None))
    return list(session.scalars(query))


def _change(session: Session, change: TaskChange) -> None:
    task, element = change.task, change.token.element
    task.element_id, task.name = element.id, change.name
    task.form_id, task.stage = element.form_id or "", change.stage
    if change.new_groups:
        set_groups(session, task.id, change.groups)
    if change.released:
        task.assignee = task.assignee_name = task.claimed_at = None
        task.owner = task.owner_name = task.delegation = None


def set_groups(session: Session, task_id: str, groups: tuple[str, ...] | list[str]) -> None:
    """Let other groups do a task."""
    session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == task_id))
    session.add_all(TaskCandidate(task_id=task_id, group_code=group) for group in groups)


def _rename_events(session: Session, instance: ProcessInstance, run: Run, passage: Passage) -> None:
    """Let timers and subscriptions follow their elements; instants stay as they are."""
    for timer in _open(session, Timer, instance.id):
        if timer.token_id in passage.places:
            timer.element_id = passage.places[timer.token_id][1].id
    for waiting in _open(session, MessageSubscription, instance.id):
        if waiting.token_id in passage.places:
            element = passage.places[waiting.token_id][1]
            waiting.element_id, waiting.name = element.id, element.message or ""
            waiting.correlation_key = key_text(run.token(waiting.token_id).value)
