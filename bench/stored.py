"""What a completion costs beside 1,000, 100,000 and 1,000,000 stored instances."""

from __future__ import annotations

import time
from typing import Any

from app.bootstrap import House
from app.scheduler.virtual import find_actor
from bench.filling import fill, settle, template
from bench.houses import GOING_ON, OFFICER, at_house, complete, start, timed
from bench.options import Options
from bench.results import Times, as_json, report, table, verdict
from bench.stores import Fresh

AIM = 1.3
TASKS = 3


def main(options: Options, fresh: Fresh) -> dict[str, Any]:
    """Fill each kind of database further and further; prints and writes the report."""
    lines: list[str] = []
    data: dict[str, Any] = {}
    for kind in options.kinds:
        with at_house(kind, fresh) as found:
            rows, seconds = _grow(kind, found, options)
        completions = [row for row in rows if "completion" in row.what]
        ratio = round(completions[-1].p50 / completions[0].p50, 2)
        what = f"{kind}: {options.rows[-1]:,} stored / {options.rows[0]:,}"
        lines += [*table(rows), verdict(what, ratio, AIM, at_most=True), ""]
        data[kind] = {"times": as_json(rows), "growth": ratio, "filled_in_seconds": seconds}
    return report("stored", lines, data)


def _grow(kind: str, found: House, options: Options) -> tuple[list[Times], list[float]]:
    source, stored = template(found), 0
    officer = find_actor(found, OFFICER)
    rows: list[Times] = []
    seconds: list[float] = []
    for wanted in options.rows:
        before = time.perf_counter()
        fill(found, source, stored + 1, wanted)
        seconds.append(round(time.perf_counter() - before, 1))
        settle(found)
        stored = wanted
        _work(found, officer, max(options.instances // 4, 1))  # caches as in a running house
        starts, completions = _work(found, officer, options.instances)
        rows += [
            Times.of(f"{kind}: {wanted:,} stored: start", starts),
            Times.of(f"{kind}: {wanted:,} stored: completion", completions),
        ]
    return rows, seconds


def _work(found: House, officer: Any, instances: int) -> tuple[list[float], list[float]]:
    """Start cases and complete their tasks; returns the seconds of each."""
    cases: list[str] = []
    starts = [timed(lambda: cases.append(start(found, "line"))) for _ in range(instances)]
    done = [complete(found, case, officer, GOING_ON) for case in cases for _ in range(TASKS)]
    return starts, done
