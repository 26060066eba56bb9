"""A child process that takes hostile inputs in, one after the other, and tells what it cost.

`python -m tests.faults.hostile.child DOOR...` writes one JSON line before and one after each input.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.errors import AppError
from app.messages import sentence
from tests.faults.hostile.case import Case
from tests.faults.hostile.corpus import corpus
from tests.faults.hostile.doors import DOORS, feel, simple, tools

# Not of address space: V8 reserves far more of that than it ever uses.
MOST_DATA = 1536 * 1024 * 1024
FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess", "socket.connect")
seen: list[str] = []


def watch(event: str, given: tuple[Any, ...]) -> None:
    """Note what no input may bring about: programs, connections, the files of the machine."""
    if event.startswith(FORBIDDEN):
        seen.append(event)
    elif event == "open" and str(given[0]).startswith("/etc/passwd"):
        seen.append(f"open {given[0]}")


def say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def memory(name: str) -> float:
    """Return a line of this process's status in megabytes: VmRSS now, VmHWM at most."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name + ":"))


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Measure CPU seconds of all threads and the growth of resident memory at its peak."""
    gc.collect()
    found: dict[str, float] = {}
    before, peak, started = memory("VmRSS"), memory("VmHWM"), time.process_time()
    yield found
    found["cpu"] = round(time.process_time() - started, 3)
    found["mb"] = round(
        max(0.0, (higher if (higher := memory("VmHWM")) > peak else memory("VmRSS")) - before), 1
    )


def take(case: Case) -> dict[str, Any]:
    """Hand one input in at its door; returns verdict and cost."""
    given = case.make()
    with measured() as cost:
        try:
            DOORS[case.door](given)
            verdict = "taken"
        except AppError as error:
            verdict = error.code
            text = error.fields.get("sentence") or sentence(error)
        except BaseException as error:
            verdict = f"ESCAPED {type(error).__name__}: {str(error)[:200]}"
    told = {"verdict": verdict, **cost, "did": list(seen), "canary": Path("canary").exists()}
    if verdict not in ("taken",) and not verdict.startswith("ESCAPED"):
        told["sentence"] = len(text)
    seen.clear()
    return told


def main(doors: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_DATA, MOST_DATA))
    simple(), tools(), feel().evaluate(["=1"], {}), feel().functions()
    sys.addaudithook(watch)
    for case in corpus().values():
        if case.door in doors:
            say(begin=case.name)
            say(name=case.name, door=case.door, **take(case))
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
