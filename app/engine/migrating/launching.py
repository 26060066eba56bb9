"""The migration that one administrator asks for and another approves; then workers carry it out.

The approval writes the migration, a row for each instance and outbox rows for slices of them. A
pilot takes the first ready instances; the rest follows, under the same approval, when somebody has
looked at what became of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.engine.migrating.moving import wanted_of
from app.engine.migrating.planning import (
    BLOCKED,
    MOVABLE,
    READY,
    SKIPS,
    UNCHANGED,
    candidates,
    plan_of,
)
from app.engine.migrating.tables import InstanceMigration, Migration
from app.engine.migrating.wanted import Wanted, require_fitting, target
from app.engine.operating.repairs import Ground, Repair
from app.engine.situation import Tools
from app.engine.tables import Outbox, ProcessInstance
from app.errors import EngineError
from app.messages import message

VERB, SLICE_WORK = "migrate", "migration.slice"
SLICE, MOST_FORETOLD, MOST_PILOT = 20, 500, 1000


def wanted_by(session: Session, tools: Tools, key: str, arguments: Mapping[str, Any]) -> Wanted:
    """Return what arguments ask for; raises when they do not fit the target."""
    version = arguments.get("to")
    found = Wanted(
        target(session, tools, key, None if version is None else int(version)),
        dict(arguments.get("renamed") or {}),
        dict(arguments.get("sent_to") or {}),
        bool(arguments.get("accept_skipped")),
    )
    require_fitting(found)
    return found


def _candidates(ground: Ground, wanted: Wanted) -> list[ProcessInstance]:
    return candidates(ground.session, wanted, business_key=ground.arguments.get("instance"))


def _check(ground: Ground) -> dict[str, Any]:
    """Return the arguments with the version that is the newest now; raises when nobody may go."""
    wanted = wanted_by(ground.session, ground.tools, ground.subject.id, ground.arguments)
    pilot = ground.arguments.get("pilot")
    if pilot is not None and not 0 < int(pilot) <= MOST_PILOT:
        raise EngineError("migration.pilot", most=MOST_PILOT)
    if not any(_is_movable(ground, each, wanted) for each in _candidates(ground, wanted)):
        raise EngineError("migration.nobody", version=wanted.to.version)
    return {
        "to": wanted.to.version,
        "renamed": dict(wanted.renamed),
        "sent_to": dict(wanted.sent_to),
        "accept_skipped": wanted.accept_skipped,
        "pilot": None if pilot is None else int(pilot),
        "instance": ground.arguments.get("instance"),
    }


def _is_movable(ground: Ground, instance: ProcessInstance, wanted: Wanted) -> bool:
    return plan_of(ground.session, ground.tools, instance, wanted, ground.now).verdict in MOVABLE


def _foretell(ground: Ground) -> list[str]:
    """Say how many instances would go over, and what is accepted."""
    session, tools = ground.session, ground.tools
    wanted = wanted_by(session, tools, ground.subject.id, ground.arguments)
    found = _candidates(ground, wanted)
    looked_at = found[:MOST_FORETOLD]
    counts = Counter(
        plan_of(session, tools, each, wanted, ground.now).verdict for each in looked_at
    )
    said = [counted(counts, wanted)]
    if len(found) > len(looked_at):
        said.append(message("migration.more", count=len(found) - len(looked_at)))
    return [*said, *_conditions(ground, wanted)]


def _conditions(ground: Ground, wanted: Wanted) -> Iterator[str]:
    """Say what the administrator who approves has to know besides the numbers."""
    if ground.arguments.get("instance"):
        yield message("migration.only_one", number=ground.arguments["instance"])
    if ground.arguments.get("pilot"):
        yield message("migration.pilot_first", count=ground.arguments["pilot"])
    for name, table in (("renamed", wanted.renamed), ("sent_to", wanted.sent_to)):
        pairs = [f"{old} → {now}" for old, now in table.items()]
        if pairs:
            yield message(f"migration.maps_{name}", pairs=pairs)
    if wanted.accept_skipped:
        yield message("migration.accepted")


def counted(counts: Mapping[str, int], wanted: Wanted) -> str:
    """Say how many instances got which verdict."""
    return message(
        "migration.counts",
        version=wanted.to.version,
        ready=counts.get(READY, 0),
        unchanged=counts.get(UNCHANGED, 0),
        skips=counts.get(SKIPS, 0),
        blocked=counts.get(BLOCKED, 0),
    )


def _carry_out(ground: Ground) -> str:
    """Write the migration with its first instances; workers do the rest."""
    wanted = wanted_by(ground.session, ground.tools, ground.subject.id, ground.arguments)
    migration = Migration(
        id=new_id(),
        request_id=ground.request_id,
        process_key=ground.subject.id,
        to_bundle_id=wanted.to.id,
        renamed=dict(wanted.renamed),
        sent_to=dict(wanted.sent_to),
        accept_skipped=wanted.accept_skipped,
        pilot=ground.arguments.get("pilot"),
        requested_by_name=ground.asked_by or ground.actor.name,
        approved_by=ground.actor.account_id,
        approved_by_name=ground.actor.name,
        approved_organisation=ground.actor.organisation,
        started_at=ground.now,
    )
    migration.reason = ground.reason
    ground.session.add(migration)
    ground.session.flush()  # the rows of its instances refer to it
    found = _candidates(ground, wanted)
    if migration.pilot is not None:
        found = _first(ground, found, wanted, migration.pilot)
    _enlist(ground.session, migration, found, wanted, ground.now)
    return message("migration.launched", count=len(found))


def _first(
    ground: Ground, found: Iterable[ProcessInstance], wanted: Wanted, number: int
) -> list[ProcessInstance]:
    """Return the first instances that are ready; unchanged ones only when there are too few."""
    ready: list[ProcessInstance] = []
    unchanged: list[ProcessInstance] = []
    for each in found:
        verdict = plan_of(ground.session, ground.tools, each, wanted, ground.now).verdict
        if verdict == READY:
            ready.append(each)
        elif verdict == UNCHANGED:
            unchanged.append(each)
        if len(ready) == number:
            break
    return [*ready, *unchanged][:number]


def enlist_rest(session: Session, tools: Tools, migration: Migration, *, now: datetime) -> int:
    """Let everybody follow who is not on the target and not enlisted yet; returns how many."""
    wanted = wanted_of(session, tools, migration)
    query = select(InstanceMigration.instance_id).where(
        InstanceMigration.migration_id == migration.id
    )
    there = set(session.scalars(query))
    found = [each for each in candidates(session, wanted) if each.id not in there]
    _enlist(session, migration, found, wanted, now)
    return len(found)


def _enlist(
    session: Session,
    migration: Migration,
    found: list[ProcessInstance],
    wanted: Wanted,
    now: datetime,
) -> None:
    rows = [
        InstanceMigration(
            id=new_id(),
            migration_id=migration.id,
            instance_id=each.id,
            from_bundle_id=each.bundle_id,
            to_bundle_id=wanted.to.id,
            renamed=dict(wanted.renamed),
        )
        for each in found
    ]
    session.add_all(rows)
    for ids in _slices([row.id for row in rows]):
        session.add(
            Outbox(
                id=new_id(),
                kind=SLICE_WORK,
                key=f"migration:{ids[0]}",
                payload={"rows": ids},
                created_at=now,
            )
        )


def _slices(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), SLICE):
        yield ids[start : start + SLICE]


MIGRATE = Repair(_check, _foretell, _carry_out)
