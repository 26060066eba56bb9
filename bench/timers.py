"""Timers fired per second by one, two and four worker processes on one database.

Each worker does what `flask worker` does at a tick: claims due timers by lease and fires them. All
begin at one moment; the rate counts until the last of them finds nothing more to fire.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.bootstrap import House
from app.config import ROOT
from app.engine.tables import Timer
from app.errors import Busy
from app.scheduler.due import fire_due
from app.scheduler.metronome import worker_name
from bench.houses import NOW, house, start, timed
from bench.options import Options
from bench.peers.protocol import say
from bench.results import report
from bench.stores import Fresh

LATER = NOW + timedelta(days=2)
CLAIMED_AT_ONCE = 20
MOST_SECONDS = 900


def main(options: Options, fresh: Fresh) -> dict[str, Any]:
    """Measure each number of workers on each kind of database; prints and writes the report."""
    lines = [f"{'':<30}{'timers':>8}{'seconds':>9}{'per s':>9}  by worker"]
    data: dict[str, Any] = {}
    for kind in options.kinds:
        for workers in options.workers:
            found = _fired(kind, workers, options.timers, fresh)
            shares = ", ".join(str(number) for number in found["shares"])
            what = f"{kind}: {workers} worker{'s' if workers > 1 else ''}"
            lines.append(
                f"{what:<30}{found['timers']:>8}{found['seconds']:>9.2f}{found['per_second']:>9}"
                f"  {shares}"
            )
            data.setdefault(kind, {})[str(workers)] = found
    return report("timers", lines, data)


def _fired(kind: str, workers: int, timers: int, fresh: Fresh) -> dict[str, Any]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        address = stack.enter_context(fresh(kind))
        with house(address, folder) as found:
            for _ in range(timers):
                start(found, "wait")
        processes = [stack.enter_context(_worker(address, folder)) for _ in range(workers)]
        for process in processes:
            _answer(process)
        for process in processes:
            _go(process)
        answers = [_answer(process) for process in processes]
        with house(address, folder) as found:
            left = _waiting(found)
    seconds = max(answer["seconds"] for answer in answers)
    fired = sum(answer["fired"] for answer in answers)
    if left or fired != timers:
        raise RuntimeError(f"{timers} timers, {fired} fired, {left} left")
    shares = [answer["fired"] for answer in answers]
    rate = round(fired / seconds, 1)
    return {"timers": fired, "seconds": seconds, "per_second": rate, "shares": shares}


def _worker(address: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bench.timers", address, str(folder)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip


def _go(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.write("go\n")
        process.stdin.flush()


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise RuntimeError(f"a worker ended with {process.wait(MOST_SECONDS)}")
    answer: dict[str, Any] = json.loads(line)
    return answer


def _waiting(found: House) -> int:
    with Session(found.database) as session:
        return session.query(Timer).filter(Timer.done_at.is_(None)).count()


def work(address: str, folder: str) -> None:
    """Be a worker: wait for the signal, fire until nothing is due, tell how much and how long."""
    with house(address, Path(folder), now=LATER) as found:
        owner, fired = worker_name(), 0

        def fire_all() -> None:
            nonlocal fired
            while _waiting(found):
                with suppress(Busy):  # the next tick tries again; SQLite's queue is not fair
                    fired += fire_due(found, owner=owner, limit=CLAIMED_AT_ONCE)

        say({"ready": True})
        sys.stdin.readline()
        seconds = timed(fire_all)
        say({"fired": fired, "seconds": seconds})


if __name__ == "__main__":
    work(*sys.argv[1:])
