"""What pages about migrations show: versions still in use, plans, and what became of each instance.

Only reading; nothing here shows what people filled in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.migrating.launching import VERB
from app.engine.migrating.planning import VERDICTS, Plan, candidates, plan_of
from app.engine.migrating.reverting import require_revertible
from app.engine.migrating.tables import DONE, InstanceMigration, Migration
from app.engine.migrating.wanted import Wanted
from app.engine.operating.requests import open_requests
from app.engine.operating.tables import OperationRequest
from app.engine.tables import ACTIVE, Bundle, ProcessInstance
from app.errors import EngineError
from app.messages import sentence
from app.web.extensions import house

MOST_PLANNED, MOST_LISTED, LATEST = 200, 500, 20


@dataclass(frozen=True)
class Procedure:
    """A procedure with the versions that running cases stand on."""

    key: str
    title: str
    newest: int
    running: tuple[tuple[int, int], ...]  # version and how many

    @property
    def behind(self) -> int:
        """Return how many cases do not stand on the newest version."""
        return sum(count for version, count in self.running if version != self.newest)


@dataclass(frozen=True)
class Planned:
    """The plans of a procedure's first instances, and how many more there are."""

    plans: list[Plan]
    counts: Mapping[str, int]
    more: int


@dataclass(frozen=True)
class Result:
    """What became of one instance, and why it cannot be taken back."""

    row: InstanceMigration
    instance: ProcessInstance
    fixed: str


def procedures(session: Session) -> list[Procedure]:
    """Return the procedures that run, those with cases on older versions first."""
    counts = (
        select(Bundle.process_key, Bundle.version, func.count())
        .join(ProcessInstance, ProcessInstance.bundle_id == Bundle.id)
        .where(ProcessInstance.status == ACTIVE)
        .group_by(Bundle.process_key, Bundle.version)
        .order_by(Bundle.version)
    )
    running: dict[str, list[tuple[int, int]]] = {}
    for key, version, count in session.execute(counts):
        running.setdefault(key, []).append((version, count))
    found = [
        Procedure(each.key, each.descriptor.title, each.version, tuple(running.get(each.key, ())))
        for each in house().tools.bundles.newest_of_all(session)
    ]
    return sorted(found, key=lambda each: -each.behind)


def versions(session: Session, key: str) -> Sequence[int]:
    """Return the published versions of a procedure, the newest first."""
    query = select(Bundle.version).where(Bundle.process_key == key)
    return session.scalars(query.order_by(Bundle.version.desc())).all()


def planned(session: Session, wanted: Wanted, now: datetime) -> Planned:
    """Return what a migration would mean; of very many instances the first ones."""
    found = candidates(session, wanted)
    plans = [
        replace(plan_of(session, house().tools, each, wanted, now), passage=None)
        for each in found[:MOST_PLANNED]
    ]
    plans.sort(key=lambda plan: -VERDICTS.index(plan.verdict))
    counts = Counter(plan.verdict for plan in plans)
    return Planned(plans, counts, len(found) - len(plans))


def asked(session: Session, key: str) -> list[OperationRequest]:
    """Return the migrations of a procedure that wait for a second administrator."""
    return [row for row in open_requests(session, subject_id=key) if row.verb == VERB]


def latest(session: Session, key: str) -> list[tuple[Migration, int, Mapping[str, int]]]:
    """Return a procedure's migrations, the newest first: the target, and how far each has come."""
    query = select(Migration, Bundle.version).join(Bundle, Bundle.id == Migration.to_bundle_id)
    mine = query.where(Migration.process_key == key).order_by(Migration.started_at.desc())
    found = session.execute(mine.limit(LATEST)).all()
    return [(each, version, outcomes(session, each.id)) for each, version in found]


def outcomes(session: Session, migration_id: str) -> Mapping[str, int]:
    """Return how many instances of a migration have which outcome."""
    query = select(InstanceMigration.outcome, func.count()).where(
        InstanceMigration.migration_id == migration_id
    )
    rows = session.execute(query.group_by(InstanceMigration.outcome)).all()
    return {row[0]: row[1] for row in rows}


def results(session: Session, migration_id: str) -> list[Result]:
    """Return what became of each instance of a migration."""
    query = select(InstanceMigration, ProcessInstance).join(
        ProcessInstance, ProcessInstance.id == InstanceMigration.instance_id
    )
    mine = query.where(InstanceMigration.migration_id == migration_id)
    rows = session.execute(mine.order_by(InstanceMigration.id).limit(MOST_LISTED))
    return [Result(row[0], row[1], _fixed(row[0], row[1])) for row in rows]


def _fixed(row: InstanceMigration, instance: ProcessInstance) -> str:
    """Return why an instance that was migrated cannot be taken back, or nothing."""
    if row.outcome != DONE:
        return ""
    try:
        require_revertible(instance, row)
    except EngineError as error:
        return sentence(error)
    return ""


def rest(session: Session, migration: Migration) -> int:
    """Return how many instances a migration has not enlisted yet."""
    mine = select(InstanceMigration.instance_id).where(
        InstanceMigration.migration_id == migration.id
    )
    query = (
        select(func.count())
        .select_from(ProcessInstance)
        .where(
            ProcessInstance.process_key == migration.process_key,
            ProcessInstance.status == ACTIVE,
            ProcessInstance.bundle_id != migration.to_bundle_id,
            ProcessInstance.id.not_in(mine),
        )
    )
    return session.scalar(query) or 0
