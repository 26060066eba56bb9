"""What a migration means for each instance, in plain words; nothing is written.

The same is asked once more under the lock when an instance is moved: a verdict may have changed
meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.bundles import Compiled
from app.engine.host import ReadingHost
from app.engine.looking import instance_situation
from app.engine.migrating.changing import TaskChange, task_changes, told
from app.engine.migrating.names import names_now
from app.engine.migrating.wanted import Wanted
from app.engine.situation import Situation, Tools
from app.engine.spiff import Element, Passage, Run
from app.engine.tables import ACTIVE, ActivityEvent, Incident, ProcessInstance
from app.errors import AppError
from app.messages import message, sentence

READY, UNCHANGED, SKIPS, BLOCKED = "ready", "unchanged", "skips", "blocked"
VERDICTS = (READY, UNCHANGED, SKIPS, BLOCKED)
MOVABLE = (READY, UNCHANGED)
COMPLETED = "completed"


@dataclass(frozen=True)
class Plan:
    """The verdict on one instance: why not, what it would pass over, what happens to it."""

    instance: ProcessInstance
    version: int
    verdict: str
    reasons: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    passage: Passage | None = None
    changes: tuple[TaskChange, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the plan for machines."""
        return {
            "business_key": self.instance.business_key,
            "from_version": self.version,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "skipped": list(self.skipped),
            "effects": list(self.effects),
        }


def candidates(
    session: Session, wanted: Wanted, *, business_key: str | None = None
) -> list[ProcessInstance]:
    """Return the running instances that are not on the target yet, the oldest first."""
    query = select(ProcessInstance).where(
        ProcessInstance.process_key == wanted.to.key,
        ProcessInstance.status == ACTIVE,
        ProcessInstance.bundle_id != wanted.to.id,
    )
    if business_key is not None:
        query = query.where(ProcessInstance.business_key == business_key)
    return list(session.scalars(query.order_by(ProcessInstance.started_at, ProcessInstance.id)))


def plan_of(
    session: Session, tools: Tools, instance: ProcessInstance, wanted: Wanted, now: datetime
) -> Plan:
    """Return the verdict on an instance as it stands now."""
    old = tools.bundles.get(session, instance.bundle_id)
    obstacles = list(_standing_in_the_way(session, instance, old, wanted))
    if obstacles:
        return Plan(instance, old.version, BLOCKED, tuple(obstacles))
    try:
        return _plan(session, tools, instance, old, wanted, now)
    except AppError as error:
        return Plan(instance, old.version, BLOCKED, (sentence(error),))


def _standing_in_the_way(
    session: Session, instance: ProcessInstance, old: Compiled, wanted: Wanted
) -> Iterator[str]:
    """Yield what forbids to migrate an instance wherever it stands."""
    if instance.status != ACTIVE:
        yield message("migration.ended")
    elif old.id == wanted.to.id:
        yield message("migration.there_already", version=old.version)
    elif old.version > wanted.to.version:
        yield message("migration.older", version=old.version)
    elif instance.suspended_at is not None:
        yield message("migration.suspended", at=instance.suspended_at)
    query = select(Incident.element_name).where(
        Incident.instance_id == instance.id, Incident.resolved_at.is_(None)
    )
    for name in session.scalars(query):
        yield message("migration.incident", name=name)


def _plan(
    session: Session,
    tools: Tools,
    instance: ProcessInstance,
    old: Compiled,
    wanted: Wanted,
    now: datetime,
) -> Plan:
    run = Run.restore(old.definition, ReadingHost(), instance.state)
    given = wanted.given(old.definition)
    passage = run.passage_to(wanted.to.definition, given, _done(session, instance.id))
    if passage.obstacles:
        reasons = [message(f"migration.{o.code}", name=_name(o.element)) for o in passage.obstacles]
        return Plan(instance, old.version, BLOCKED, tuple(reasons))
    if passage.alike and not passage.skipped and _rules(old) == _rules(wanted.to):
        kept = message("migration.nothing")
        return Plan(instance, old.version, UNCHANGED, effects=(kept,), passage=passage)
    here = replace(instance_situation(session, tools, instance, now), bundle=wanted.to)
    after = Run.restore(wanted.to.definition, ReadingHost(), passage.state)
    changes = task_changes(here, old, after)
    signing = [message("migration.handed_in", name=c.task.name) for c in changes if c.signing]
    if signing:
        return Plan(instance, old.version, BLOCKED, tuple(signing))
    skipped = tuple(map(_name, passage.skipped))
    return Plan(
        instance,
        old.version,
        SKIPS if skipped and not wanted.accept_skipped else READY,
        skipped=skipped,
        effects=tuple(_effects(here, old, run, passage, changes)),
        passage=passage,
        changes=tuple(changes),
    )


def _done(session: Session, instance_id: str) -> frozenset[str]:
    """Return the elements that an instance has completed, as they are called now."""
    query = select(ActivityEvent.element_id).where(
        ActivityEvent.instance_id == instance_id, ActivityEvent.kind == COMPLETED
    )
    names = names_now(session, instance_id)
    return frozenset(names.get(name, name) for name in session.scalars(query.distinct()))


def _rules(bundle: Compiled) -> dict[str, str]:
    """Return the files beside the drawings: forms, decisions, clauses, the descriptor."""
    return {path: text for path, text in bundle.files.items() if not path.endswith(".bpmn")}


def _name(element: Element) -> str:
    return element.name or element.id


def _effects(
    here: Situation, old: Compiled, run: Run, passage: Passage, changes: list[TaskChange]
) -> Iterator[str]:
    """Say what happens to an instance."""
    yield from told(here.session, changes)
    yield from _at_events(here, run, passage)
    for around, step in passage.entering:
        del around
        yield message("migration.sent_to", name=_name(here.bundle.definition.elements[step]))
    for element in passage.repeated:
        yield message("migration.repeated", name=_name(element))
    if not passage.alike:
        yield message("migration.new_way", version=here.bundle.version)
    if _rules(old) != _rules(here.bundle):
        yield message("migration.new_rules", version=here.bundle.version)
    yield message("migration.kept")


def _at_events(here: Situation, run: Run, passage: Passage) -> Iterator[str]:
    elements = here.bundle.definition.elements
    fresh = [name for _, name in passage.armed] + [name for _, _, name in passage.rivals]
    for name in dict.fromkeys(fresh):
        code = "migration.armed" if elements[name].timer_kind else "migration.listening"
        yield message(code, name=_name(elements[name]))
    left = dict.fromkeys(_name(token.element) for token in passage.left)
    for name in left:
        yield message("migration.left", name=name)
    for token_id in passage.rekeyed:
        _, new = passage.places[token_id]
        yield message("migration.rekeyed", name=_name(new), message=new.message)
