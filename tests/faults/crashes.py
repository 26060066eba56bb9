"""Web servers and workers killed at named places while people work, and what must hold after.

`python -m tests.faults.crashes --kills 200 --database postgresql` is the long form. People complete
tasks over HTTP through several servers and send again what was not answered, with the same key;
servers and workers die at their failpoints and are replaced. Afterwards a clean worker finishes
what is left, and the invariants are checked on every table.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from app.db import keys
from tests.copies import KINDS, POSTGRESQL, opened
from tests.databases import throw_away_cluster
from tests.faults import invariants, trip
from tests.faults.processes import Site, finish, found, free_ports, labour, serve, spawn, visit
from tests.keyring import RING

SERVERS, WORKERS, PEOPLE = 2, 2, 3


@dataclass(frozen=True)
class Result:
    """What a run did and what was found wrong afterwards."""

    killed: Counter[str]
    acknowledged: int
    places: Counter[str]
    faults: list[str]
    seconds: float

    @property
    def kills(self) -> int:
        """How many processes were killed."""
        return self.killed.total()


@dataclass
class Town:
    """The living processes of a run, and how to start another in the place of a dead one."""

    site: Site
    seed: int
    kills: int
    alive: dict[int, tuple[str, Callable[[int | None], None]]] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)

    def start(self, role: str, work: Callable[[int | None], None], *, mortal: bool) -> None:
        """Start a process of a role."""
        self.seed += 1
        self.alive[spawn(partial(work, self.seed if mortal else None))] = (role, work)

    def wait(self) -> str:
        """Wait until a process ends, replace it if it was killed, and return its role."""
        process, status = os.wait()
        role, work = self.alive.pop(process)
        if os.WIFSIGNALED(status):
            self.killed[role] += 1
            self.start(role, work, mortal=self.killed.total() < self.kills)
        elif status:
            raise RuntimeError(f"a {role} failed")
        return role

    def close(self) -> None:
        """Let the people go home, then stop all others."""
        self.site.closing_time.touch()
        people = sum(role == "person" for role, _ in self.alive.values())
        while people:
            people -= self.wait() == "person"
        for process in self.alive:
            os.kill(process, signal.SIGKILL)
        for process in self.alive:
            os.waitpid(process, 0)


def run(
    url: str,
    folder: Path,
    *,
    kills: int,
    completions: int = 0,
    servers: int = SERVERS,
    seed: int = 0,
) -> Result:
    """Kill servers and workers as often as asked, finish, and check the invariants.

    Nobody goes home before so many completions were acknowledged.
    """
    begun = time.monotonic()
    site = Site(url, folder, free_ports(servers))
    _alone(partial(found, site))  # V8 and the database are never started in this process
    town = Town(site, seed * 1_000_000, kills)
    for port in site.ports:
        town.start("server", partial(serve, site, port), mortal=kills > 0)
    for _ in range(WORKERS):
        town.start("worker", partial(labour, site), mortal=kills > 0)
    for number in range(PEOPLE):
        town.start("person", partial(_visit, site, seed * 100 + number), mortal=False)
    while town.killed.total() < kills:
        town.wait()
    while site.completions() < completions:
        time.sleep(0.1)
    town.close()
    _alone(partial(finish, site))
    return _judge(site, town.killed, time.monotonic() - begun)


def _visit(site: Site, number: int, _: int | None) -> None:
    visit(site, number)


def _alone(work: Callable[[], None]) -> None:
    """Do a piece of work in a child and wait for it."""
    _, status = os.waitpid(spawn(work), 0)
    if status:
        raise RuntimeError("a process that nobody killed failed")


def _judge(site: Site, killed: Counter[str], seconds: float) -> Result:
    keys.install(RING)
    acknowledged = site.acknowledged.read_text(encoding="utf-8").split()
    with opened(site.url) as database, Session(database) as session:
        faults = [
            *site.complaints.read_text(encoding="utf-8").split(),
            *trip.lost_or_doubled(session, acknowledged),
            *trip.misplaced(session),
            *invariants.broken(session),
        ]
    places = Counter(site.places.read_text(encoding="utf-8").split())
    return Result(killed, len(acknowledged), places, faults, seconds)


@contextmanager
def a_database(folder: Path, kind: str) -> Iterator[str]:
    """Yield the address of an empty database."""
    if kind != POSTGRESQL:
        yield f"sqlite:///{folder / 'crashes.db'}"
        return
    with throw_away_cluster() as cluster, cluster.database() as url:
        yield url


def main() -> None:
    """Run the long form and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--completions", type=int, default=0)
    asked.add_argument("--servers", type=int, default=SERVERS)
    asked.add_argument("--database", choices=KINDS, default=KINDS[0])
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name, a_database(Path(name), given.database) as url:
        result = run(
            url, Path(name), kills=given.kills, completions=given.completions,
            servers=given.servers, seed=given.seed,
        )  # fmt: skip
    lines = [
        f"{result.kills} kills on {given.database}: {dict(result.killed)} at {dict(result.places)}",
        f"{result.acknowledged} completions acknowledged in {result.seconds:.0f} s",
        *(f"FAULT {fault}" for fault in result.faults),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    raise SystemExit(1 if result.faults else 0)


if __name__ == "__main__":
    main()
