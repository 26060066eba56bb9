"""Processes killed at named places while they work on the same instances, and what must hold after.

`python -m tests.faults.crashes --kills 200 [--postgresql]` is the long form. Every child process
completes tasks and works off the outbox until it is killed at its failpoint; it writes a line for
each acknowledged completion. Afterwards a clean process finishes what is left and the invariants
are checked on every table.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.bootstrap import House, build, build_tools
from app.clock import FixedClock
from app.db import keys as keys_of_house
from app.db.failpoints import NAMES, arm, reach
from app.db.lease import claim
from app.domain.access.actor import Actor
from app.domain.audit import verify_chain
from app.engine.history import broken_at
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
from app.errors import Busy, EngineError
from app.feel import Feel
from app.feel.language import BUNDLE
from app.scheduler.virtual import fake_adapters, find_actor
from tests.copies import opened
from tests.databases import throw_away_cluster
from tests.engine.houses import (
    ADMIN,
    APPLICANT,
    MONDAY,
    config_for,
    set_up,
)
from tests.keyring import RING

PACKAGES = Path(__file__).with_name("packages")
KEY = "round_trip"
INSTANCES, PARALLEL, MOST_ROUNDS = 3, 3, 40
LEASE = timedelta(seconds=1)
NOTE, PRINTED = "trip.noted", "trip.printed"


@dataclass(frozen=True)
class Result:
    """What a run did and what was found wrong afterwards."""

    kills: int
    acknowledged: int
    places: Counter[str]
    faults: list[str]


def registry() -> Registry:
    """Return the operations of the round trip; each leaves a row that may exist only once."""
    found = Registry()

    @found.operation("trip.note")
    def note(call: Call, *, text: str) -> None:
        call.post(NOTE, {"text": text}, key=f"{NOTE}:{call.token_id}")

    @found.operation("trip.print")
    def print_sheet(call: Call) -> Background:
        return Background("trip.print", {})

    return found


def _house(database: Database, folder: Path) -> House:
    config = replace(config_for(folder), workflows=PACKAGES / "workflows", forms=PACKAGES / "forms")
    feel = Feel(BUNDLE, timeout_ms=20_000)
    tools = build_tools(config, operations=registry(), feel=feel)
    return build(config, database, adapters=fake_adapters(), clock=FixedClock(MONDAY), tools=tools)


def prepare(url: str, folder: Path) -> None:
    """Set a database up with a few running instances."""
    with opened(url) as database:
        set_up(database)
        house = _house(database, folder)
        package = read_package(KEY, workflows=PACKAGES / "workflows", forms=PACKAGES / "forms")
        house.engine.publish(package, published_by="tests")
        applicant = find_actor(house, APPLICANT)
        for _ in range(INSTANCES):
            case_id = house.engine.open_draft(KEY, actor=applicant)
            house.engine.start(case_id, {}, actor=applicant)


def work(url: str, folder: Path, seed: int, log: Path, *, mortal: bool) -> None:
    """Complete tasks and print sheets; a mortal worker kills itself at its failpoint."""
    chance = random.Random(seed)
    with opened(url) as database:
        house = _house(database, folder)
        officer = _officer(house)
        if mortal:
            _arm(chance, log)
        with log.open("a", encoding="utf-8") as acknowledged:
            for number in range(MOST_ROUNDS):
                key = f"{seed}-{number}"
                if _complete_one(house, officer, chance, key):
                    acknowledged.write(f"{key}\n")
                    acknowledged.flush()
                _print_all(house, f"worker-{seed}")


def _officer(house: House) -> Actor:
    """Sign in; on SQLite the other workers may keep a newcomer out for longer than it waits."""
    for _ in range(MOST_ROUNDS):
        with suppress(DBAPIError):
            return find_actor(house, ADMIN)
    raise RuntimeError("the database stays locked")


def _arm(chance: random.Random, log: Path) -> None:
    place, left = chance.choice(NAMES), chance.randint(1, 12)

    def hook(name: str) -> None:
        nonlocal left
        if name == place:
            left -= 1
            if left == 0:
                with log.with_suffix(".places").open("a", encoding="utf-8") as places:
                    places.write(f"{place}\n")
                os.kill(os.getpid(), signal.SIGKILL)

    arm(hook)


def _complete_one(house: House, officer: Actor, chance: random.Random, key: str) -> bool:
    try:
        with Session(house.database) as session:
            tasks = list(session.scalars(select(UserTask.id).where(UserTask.status == OPEN)))
        if not tasks:
            return False
        house.engine.complete(chance.choice(tasks), {"note": key}, actor=officer, key=key)
    except (EngineError, Busy, DBAPIError):
        return False
    return True


def _print_all(house: House, owner: str) -> None:
    try:
        with house.unit_of_work() as session:
            waiting = Outbox.token_id.is_not(None) & Outbox.done_at.is_(None)
            ids = claim(
                session, Outbox, waiting, order_by=Outbox.id, owner=owner, limit=2, lease=LEASE
            )
        for outbox_id in ids:
            reach("between_claim_and_done")
            house.engine.finish(outbox_id, owner=owner, record=_printed(outbox_id))
    except (EngineError, Busy, DBAPIError):
        return


def _printed(outbox_id: str) -> Any:
    def record(session: Session) -> None:
        row = session.get_one(Outbox, outbox_id)
        session.add(
            Outbox(
                kind=PRINTED, key=f"{PRINTED}:{outbox_id}", payload={}, created_at=row.created_at
            )
        )

    return record


def _spawn(url: str, folder: Path, seed: int, log: Path, *, mortal: bool) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work(url, folder, seed, log, mortal=mortal)
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(status)


def run(url: str, folder: Path, *, kills: int, seed: int = 0) -> Result:
    """Kill as many workers as asked, let a clean one finish, and check the invariants."""
    child = os.fork()  # V8 and the database must never have been started in the parent
    if not child:
        prepare(url, folder)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, "the database could not be set up"
    log, killed, running = folder / "acknowledged.txt", 0, 0
    log.touch()
    while killed < kills or running:
        while running < PARALLEL and killed + running < kills + PARALLEL - 1:
            seed += 1
            _spawn(url, folder, seed, log, mortal=True)
            running += 1
        _, status = os.wait()
        running -= 1
        killed += os.WIFSIGNALED(status)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a worker failed"
        if killed >= kills and not running:
            break
    _, status = os.waitpid(_spawn(url, folder, seed + 1_000_000, log, mortal=False), 0)
    assert status == 0, "the clean worker failed"
    return _judge(url, log, killed)


def _judge(url: str, log: Path, killed: int) -> Result:
    keys = log.read_text(encoding="utf-8").split()
    places_file = log.with_suffix(".places")
    places = Counter(places_file.read_text().split()) if places_file.exists() else Counter()
    keys_of_house.install(RING)
    with opened(url) as database, Session(database) as session:
        return Result(killed, len(keys), places, list(_faults(session, keys)))


def _faults(session: Session, keys: list[str]) -> Iterator[str]:
    submitted = Counter(
        row.values["note"]
        for row in session.scalars(select(TaskSubmission))
        if row.task_id is not None
    )
    known = set(session.scalars(select(IdempotencyKey.key)))
    yield from (f"acknowledged but lost: {key}" for key in keys if submitted[key] == 0)
    yield from (f"done twice: {key}" for key, times in submitted.items() if times > 1)
    yield from (f"key not kept: {key}" for key in keys if key not in known)
    rows = Counter(session.scalars(select(Outbox.kind)))
    done = len(list(session.scalars(select(Outbox.id).where(
        Outbox.kind == "trip.print", Outbox.done_at.is_not(None)))))  # fmt: skip
    if rows[NOTE] != submitted.total():
        yield f"{submitted.total()} completions left {rows[NOTE]} notes"
    if rows[PRINTED] != done:
        yield f"{done} prints done, {rows[PRINTED]} recorded"
    yield from _broken(session)


def _broken(session: Session) -> Iterator[str]:
    for instance in session.scalars(select(ProcessInstance)):
        if broken_at(session, instance.id) is not None:
            yield f"history of {instance.business_key} is broken"
        open_tasks = select(UserTask).where(
            UserTask.instance_id == instance.id, UserTask.status == OPEN
        )
        waiting = select(Outbox).where(
            Outbox.instance_id == instance.id,
            Outbox.token_id.is_not(None),
            Outbox.done_at.is_(None),
        )
        standing = len(session.scalars(open_tasks).all()) + len(session.scalars(waiting).all())
        if standing != 1:
            yield f"{instance.business_key} stands in {standing} places"
    if session.scalars(select(Incident)).first() is not None:
        yield "an incident was opened"
    yield from (f"audit chain: {found}" for found in verify_chain(session))


@contextmanager
def a_database(folder: Path, *, postgresql: bool) -> Iterator[str]:
    """Yield the address of an empty database."""
    if not postgresql:
        yield f"sqlite:///{folder / 'crashes.db'}"
        return
    with throw_away_cluster() as cluster, cluster.database() as url:
        yield url


def main() -> None:
    """Run the long form and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--postgresql", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with a_database(folder, postgresql=given.postgresql) as url:
            result = run(url, folder, kills=given.kills, seed=given.seed)
    lines = [
        f"{result.kills} kills, {result.acknowledged} acknowledged, places {dict(result.places)}",
        *(f"FAULT {fault}" for fault in result.faults),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    raise SystemExit(1 if result.faults else 0)


if __name__ == "__main__":
    main()
