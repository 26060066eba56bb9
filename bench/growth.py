"""What the n-th completion of one and the same case costs, beside the tenth."""

from __future__ import annotations

from typing import Any

from app.scheduler.virtual import find_actor
from bench.houses import GOING_ON, OFFICER, at_house, complete, start
from bench.options import Options
from bench.results import Times, as_json, report, table, verdict
from bench.stores import Fresh

AIM = 1.2
MARKS = (10, 100, 1_000)
AROUND = 20


def main(options: Options, fresh: Fresh) -> dict[str, Any]:
    """Measure on each kind of database; prints and writes the report."""
    lines: list[str] = []
    data: dict[str, Any] = {}
    for kind in options.kinds:
        rows = _along(kind, options.turns, fresh)
        ratio = round(rows[-1].p50 / rows[0].p50, 2)
        what = f"{kind}: {rows[-1].what.split(': ')[1]} / no. {MARKS[0]}"
        lines += [*table(rows), verdict(what, ratio, AIM, at_most=True), ""]
        data[kind] = {"completions": as_json(rows), "growth": ratio}
    return report("growth", lines, data)


def _along(kind: str, turns: int, fresh: Fresh) -> list[Times]:
    """Complete one case's task again and again; returns the times around each mark."""
    with at_house(kind, fresh) as found:
        officer = find_actor(found, OFFICER)
        warm = start(found, "loop")
        for _ in range(min(2 * AROUND, turns)):
            complete(found, warm, officer, GOING_ON)
        one = start(found, "loop")
        along = [complete(found, one, officer, GOING_ON) for _ in range(turns + min(AROUND, turns))]
    marks = [mark for mark in MARKS if mark <= turns] or [turns]
    return [
        Times.of(f"{kind}: completion no. {mark}", along[max(mark - AROUND, 0) : mark + AROUND])
        for mark in marks
    ]
