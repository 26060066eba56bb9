"""What must hold in the tables of operators' work: repairs, signers, migrations, timed starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import Deadline
from app.engine.migrating.tables import InstanceMigration
from app.engine.operating.tables import APPROVED, HeldMessage, OperationRequest
from app.engine.signing.tables import SIGNED, WAITING, TaskSigner
from app.engine.start_tables import TimerStart
from app.engine.tables import COMPLETED, ActivityEvent, ProcessInstance, UserTask


def migrations(session: Session) -> Iterator[str]:
    """What went over is on the target, with its line of history and all that a revert needs."""
    lines = Counter(
        session.scalars(select(ActivityEvent.instance_id).where(ActivityEvent.kind == "migrated"))
    )
    rows = sorted(session.scalars(select(InstanceMigration)), key=lambda row: row.mark or "")
    last = {row.instance_id: row for row in rows if row.outcome == "done"}
    for row in last.values():
        instance = session.get_one(ProcessInstance, row.instance_id)
        if instance.bundle_id != row.to_bundle_id or row.state_before is None:
            yield f"{instance.business_key} is said to have gone over and did not"
    over = Counter(row.instance_id for row in rows if row.mark is not None)
    yield from (
        f"{each}: {lines[each]} lines" for each in lines | over if lines[each] != over[each]
    )


def requests(session: Session) -> Iterator[str]:
    """A request is decided whole, and approved by somebody else than asked for it."""
    for row in session.scalars(select(OperationRequest)):
        if (row.decided_at is None) != (row.decision is None):
            yield f"{row.id} is decided at {row.decided_at} as {row.decision}"
        if row.decision == APPROVED and row.decided_by == row.requested_by:
            yield f"{row.id} was approved by who asked for it"


def held(session: Session) -> Iterator[str]:
    """Only an instance that stands still keeps messages."""
    for row in session.scalars(select(HeldMessage).where(HeldMessage.done_at.is_(None))):
        if session.get_one(ProcessInstance, row.instance_id).suspended_at is None:
            yield f"{row.id} waits for an instance that moves"


def signers(session: Session) -> Iterator[str]:
    """Who signed has said something; a task that is done waits for nobody."""
    for row in session.scalars(select(TaskSigner)):
        if (row.status == SIGNED) != (row.decision is not None):
            yield f"{row.id} is {row.status} and decided {row.decision}"
        if row.status == WAITING and session.get_one(UserTask, row.task_id).status == COMPLETED:
            yield f"{row.task_id} is done and waits for a signature"


def timed_starts(session: Session) -> Iterator[str]:
    """Each start event of a bundle is armed once at most, by a deadline that is open."""
    rows = list(session.scalars(select(TimerStart).where(TimerStart.done_at.is_(None))))
    armed = Counter((row.bundle_id, row.element_id) for row in rows)
    yield from (f"{event} is armed {n} times" for (_, event), n in armed.items() if n > 1)
    for row in rows:
        if session.get_one(Deadline, row.deadline_id).closed_at is not None:
            yield f"{row.element_id} is armed by a deadline that is closed"
