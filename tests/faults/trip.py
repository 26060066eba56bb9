"""The round trip: a small procedure whose every completion leaves rows that may exist only once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bootstrap import House, build, build_tools
from app.clock import FixedClock
from app.config import Config
from app.engine.background import Record
from app.engine.package import read_package
from app.engine.registry import Background, Call, Registry
from app.engine.tables import (
    OPEN,
    IdempotencyKey,
    Incident,
    Outbox,
    ProcessInstance,
    TaskSubmission,
    UserTask,
)
from app.feel import Feel, language
from app.feel.language import BUNDLE
from app.operations import registry as product
from app.scheduler import outbox
from app.scheduler.effects import EFFECTS
from app.scheduler.virtual import fake_adapters, find_actor
from tests.engine.houses import APPLICANT, MONDAY, config_for

PACKAGES = Path(__file__).with_name("packages")
KEY, INSTANCES = "round_trip", 3
LEASE, FEEL_TIMEOUT_MS = timedelta(seconds=1), 20_000
NOTE, PRINT, PRINTED = "trip.noted", "trip.print", "trip.printed"


def operate(registry: Registry) -> Registry:
    """Add the operations of the round trip; each leaves a row that may exist only once."""

    @registry.operation("trip.note")
    def note(call: Call, *, text: str) -> None:
        call.post(NOTE, {"text": text}, key=f"{NOTE}:{call.token_id}")

    @registry.operation(PRINT)
    def print_sheet(call: Call) -> Background:
        return Background(PRINT, {"token": call.token_id})

    return registry


def _print(_: House, payload: dict[str, Any]) -> Record:
    """Print a sheet: the record may exist only once for a token, however often it was tried."""

    def record(session: Session) -> dict[str, Any]:
        key = f"{PRINTED}:{payload['token']}"
        session.add(Outbox(kind=PRINTED, key=key, payload={}, created_at=MONDAY, done_at=MONDAY))
        return {}

    return record


def _noted(_: House, __: dict[str, Any]) -> Record:
    return lambda session: {}


def install() -> None:
    """Let this process perform the round trip's operations and effects like the product's own."""
    if "trip.note" not in product.operations:
        operate(product)
    EFFECTS[PRINT], EFFECTS[NOTE] = _print, _noted
    outbox.LEASE = LEASE
    language.TIMEOUT_MS = FEEL_TIMEOUT_MS


def config(folder: Path, url: str = "") -> Config:
    """Return settings whose only procedure is the round trip."""
    return replace(
        config_for(folder),
        database_url=url, workflows=PACKAGES / "workflows", forms=PACKAGES / "forms",
    )  # fmt: skip


def open_house(database: Database, folder: Path) -> House:
    """Build the house of a worker."""
    install()
    tools = build_tools(config(folder), feel=Feel(BUNDLE, timeout_ms=FEEL_TIMEOUT_MS))
    clock = FixedClock(MONDAY)
    return build(config(folder), database, adapters=fake_adapters(), clock=clock, tools=tools)


def begin(here: House, instances: int = INSTANCES) -> None:
    """Publish the procedure and start a few instances."""
    here.engine.publish(
        read_package(KEY, workflows=PACKAGES / "workflows", forms=PACKAGES / "forms"),
        published_by="tests",
    )
    applicant = find_actor(here, APPLICANT)
    for _ in range(instances):
        case_id = here.engine.open_draft(KEY, actor=applicant)
        here.engine.start(case_id, {}, actor=applicant)


def lost_or_doubled(session: Session, acknowledged: list[str]) -> Iterator[str]:
    """Yield what was acknowledged and is not there, and what is there more than once."""
    submitted = Counter(
        row.values["note"]
        for row in session.scalars(select(TaskSubmission))
        if row.task_id is not None
    )
    known = set(session.scalars(select(IdempotencyKey.key)))
    yield from (f"lost: {key}" for key in acknowledged if submitted[key] == 0)
    yield from (f"doubled: {key}" for key, times in submitted.items() if times > 1)
    yield from (f"lost: the key {key}" for key in acknowledged if key not in known)
    kinds = Counter(session.scalars(select(Outbox.kind)))
    done = Counter(session.scalars(select(Outbox.kind).where(Outbox.done_at.is_not(None))))
    if kinds[NOTE] != submitted.total() or kinds[PRINT] != submitted.total():
        yield f"{submitted.total()} completions left {kinds[NOTE]} notes, {kinds[PRINT]} prints"
    if kinds[PRINTED] != done[PRINT]:
        yield f"{done[PRINT]} prints were done, {kinds[PRINTED]} recorded"


def misplaced(session: Session) -> Iterator[str]:
    """Yield the instances that do not wait at exactly one place, and incidents nobody caused."""
    for instance in session.scalars(select(ProcessInstance)):
        tasks = select(UserTask.id).where(
            UserTask.instance_id == instance.id, UserTask.status == OPEN
        )
        work = select(Outbox.id).where(
            Outbox.instance_id == instance.id, Outbox.kind == PRINT, Outbox.done_at.is_(None)
        )
        standing = len(session.scalars(tasks.union_all(work)).all())
        if standing != 1:
            yield f"{instance.business_key} stands in {standing} places"
    if session.scalars(select(Incident)).first() is not None:
        yield "an incident was opened"
