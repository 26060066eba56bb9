"""What completing a user task costs, with everything it touches, and where the time goes.

Through `Engine.complete`: rights, form, act, advance, projections, history, audit, in one process.
Beside the times stands the yardstick that a machine's speed cancels out of: a transaction that
commits one small row.
"""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path
from typing import Any

from app.bootstrap import House
from app.db.installation import Installation
from app.scheduler.virtual import find_actor
from bench.houses import ENDING, GOING_ON, OFFICER, at_house, complete, start, timed
from bench.options import Options
from bench.results import Times, as_json, report, table
from bench.stores import Fresh

WARM, TOP = 20, 30


def main(options: Options, fresh: Fresh) -> dict[str, Any]:
    """Print the table and write the report; with `--profile` also where the time goes."""
    lines: list[str] = []
    data: dict[str, Any] = {}
    for kind in options.kinds:
        with at_house(kind, fresh) as found:
            rows = _measure(kind, found, options.instances * options.rounds)
            lines += [*table(rows), f"{'':<44}{rows[1].p50 / rows[0].p50:.1f} × the floor", ""]
            data[kind] = as_json(rows)
            if options.profile:
                lines += [*_profile(found, options.instances), ""]
    return report("engine", lines, data)


def _measure(kind: str, found: House, cases: int) -> list[Times]:
    """Return the times of completions over many cases, and of the smallest transaction."""
    officer = find_actor(found, OFFICER)
    warm = start(found, "loop")
    for _ in range(min(WARM, cases)):
        complete(found, warm, officer, GOING_ON)
    floor = [timed(lambda: _smallest_transaction(found)) for _ in range(cases)]
    many = [start(found, "loop") for _ in range(cases)]
    first = [complete(found, case_id, officer, GOING_ON) for case_id in many]
    last = [complete(found, case_id, officer, ENDING) for case_id in many]
    return [
        Times.of(f"{kind}: one small row committed", floor),
        Times.of(f"{kind}: completion, task comes back", first),
        Times.of(f"{kind}: completion, case ends", last),
    ]


def _smallest_transaction(found: House) -> None:
    """Commit one small change: what the disk alone costs."""
    with found.unit_of_work() as session:
        session.get_one(Installation, 1).clock_offset_seconds += 1


def _profile(found: House, completions: int) -> list[str]:
    """Return where the time of completions goes."""
    officer, case_id = find_actor(found, OFFICER), start(found, "loop")
    complete(found, case_id, officer, GOING_ON)
    recorder = cProfile.Profile()
    recorder.enable()
    for _ in range(completions):
        complete(found, case_id, officer, GOING_ON)
    recorder.disable()
    lines = [f"{'own s':>8} {'all s':>8} {'calls':>9}  function ({completions} completions)"]
    stats: Any = pstats.Stats(recorder)
    ordered = sorted(stats.stats.items(), key=lambda item: item[1][2], reverse=True)
    for (file, line, name), (_, calls, own, everything, _) in ordered[:TOP]:
        place = f"{'/'.join(Path(file).parts[-2:])}:{line}"
        lines.append(f"{own:8.3f} {everything:8.3f} {calls:9d}  {place} {name}")
    return lines
