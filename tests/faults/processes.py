"""The processes of a whole installation: web servers, workers and people with browsers.

Each is a forked child that dies with its parent. A mortal one kills itself at a named failpoint and
leaves the name behind; people write a line for each completion that was acknowledged to them.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import waitress

from app.clock import FixedClock
from app.db.failpoints import NAMES, arm
from app.errors import Busy
from app.scheduler.due import fire_due
from app.scheduler.outbox import work_everything, work_off
from app.scheduler.virtual import fake_adapters, find_actor
from app.web import create_app
from tests.copies import opened
from tests.engine.houses import ADMIN, MONDAY, set_up
from tests.faults import trip
from tests.faults.browsing import Browser

DIE_WITH_PARENT = 1
THREADS = 4
OUTBOX_ONLY = "between_claim_and_done"
WEB_PLACES = tuple(name for name in NAMES if name != OUTBOX_ONLY)
# A failpoint kills when it is reached for the first to the n-th time; workers reach them faster.
SERVER_LATEST, WORKER_LATEST = 10, 60


@dataclass(frozen=True)
class Site:
    """Where an installation lives: its database, its folder, the ports of its servers."""

    url: str
    folder: Path
    ports: tuple[int, ...]

    @property
    def acknowledged(self) -> Path:
        """The keys of the completions that people saw succeed."""
        return self.folder / "acknowledged.txt"

    @property
    def places(self) -> Path:
        """The failpoints at which processes died."""
        return self.folder / "places.txt"

    def completions(self) -> int:
        """How many completions people saw succeed."""
        return len(self.acknowledged.read_text(encoding="utf-8").split())

    @property
    def complaints(self) -> Path:
        """What no server should ever have answered."""
        return self.folder / "complaints.txt"

    @property
    def closing_time(self) -> Path:
        """People go home when this file is there."""
        return self.folder / "closing"

    @property
    def officer(self) -> Path:
        """The account id of the officer whose tasks are completed."""
        return self.folder / "officer.txt"


def free_ports(number: int) -> tuple[int, ...]:
    """Return ports of the loopback that nobody uses."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = tuple(probe.getsockname()[1] for probe in probes)
    for probe in probes:
        probe.close()
    return ports


def spawn(work: Callable[[], None]) -> int:
    """Run a piece of work in a child that dies with this process; return its process id."""
    child = os.fork()
    if child:
        return child
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(status)


def make_mortal(site: Site, seed: int, names: tuple[str, ...], latest: int) -> None:
    """Kill this process at one of its failpoints, without a word to anybody."""
    chance = random.Random(seed)
    place, left = chance.choice(names), chance.randint(1, latest)

    def hook(name: str) -> None:
        nonlocal left
        if name == place:
            left -= 1
            if left == 0:
                with site.places.open("a", encoding="utf-8") as places:
                    places.write(f"{place}\n")
                os.kill(os.getpid(), signal.SIGKILL)

    arm(hook)


def found(site: Site) -> None:
    """Set the database up with a few running instances."""
    with opened(site.url) as database:
        set_up(database)
        house = trip.open_house(database, site.folder)
        trip.begin(house)
        site.officer.write_text(find_actor(house, ADMIN).account_id, encoding="utf-8")
    for path in (site.acknowledged, site.places, site.complaints):
        path.touch()


def serve(site: Site, port: int, seed: int | None) -> None:
    """Answer requests until killed; with a seed, mortal."""
    trip.install()
    config, clock = trip.config(site.folder, site.url), FixedClock(MONDAY)
    app = create_app(config, adapters=fake_adapters(), clock=clock)
    if seed is not None:
        make_mortal(site, seed, WEB_PLACES, SERVER_LATEST)
    waitress.serve(app, host="127.0.0.1", port=port, threads=THREADS, ident=None, _quiet=True)


def labour(site: Site, seed: int | None) -> None:
    """Fire timers and work off the outbox until killed; with a seed, mortal."""
    owner = f"worker-{os.getpid()}"
    with opened(site.url) as database:
        house = trip.open_house(database, site.folder)
        if seed is not None:
            make_mortal(site, seed, NAMES, WORKER_LATEST)
        while True:
            with suppress(Busy):
                fire_due(house, owner=owner)
                if not work_off(house, owner=owner):
                    time.sleep(0.02)


def finish(site: Site) -> None:
    """Work off everything that dead workers have left, when their leases have ended."""
    time.sleep(trip.LEASE.total_seconds() + 0.2)
    with opened(site.url) as database:
        house = trip.open_house(database, site.folder)
        while work_everything(house, owner="last"):
            pass


def visit(site: Site, seed: int) -> None:
    """Complete tasks through any server until closing time, one key for one completion."""
    chance = random.Random(seed)
    browser = Browser(list(site.ports), chance)
    browser.become(site.officer.read_text(encoding="utf-8"))
    number = 0
    while not site.closing_time.exists():
        tasks = browser.tasks()
        if not tasks:
            time.sleep(0.02)
            continue
        number += 1
        _complete(site, browser, chance.choice(tasks), f"{seed}-{number}")


def _complete(site: Site, browser: Browser, task_id: str, key: str) -> None:
    answer = browser.post(f"/tasks/{task_id}", {"_key": key, "note": key})
    if answer.status == 302:
        _append(site.acknowledged, key)
    elif answer.status not in (400, 403, 409):  # 400: without its page, there was no form token
        _append(site.complaints, f"{key}-answered-{answer.status}")


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")
