"""Completions beside the peers, interleaved: each round asks every contender, in turning order.

A ratio is taken round by round, so that whatever else the machine does at a moment hits both sides
of it.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.contenders import OURS, RAW, VIEWFLOW, Contender, running
from bench.options import Options
from bench.results import Spread, Times, as_json, rate, ratios, report, table, verdict
from bench.stores import Fresh

AIMS = {RAW: 0.6, VIEWFLOW: 1.5}


def main(options: Options, fresh: Fresh) -> dict[str, Any]:
    """Race on each kind of database; prints and writes the report."""
    lines: list[str] = []
    data: dict[str, Any] = {"rounds": options.rounds, "instances": options.instances}
    for kind in options.kinds:
        rounds = _race(kind, options, fresh)
        told, summed = _told(kind, rounds)
        lines += told
        data[kind] = summed
    return report("race", lines, data)


def _race(kind: str, options: Options, fresh: Fresh) -> dict[str, list[list[float]]]:
    """Return each contender's rounds; the first round of all warms up and is thrown away."""
    names = [OURS, RAW, VIEWFLOW] if options.viewflow else [OURS, RAW]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        contenders: list[Contender] = []
        for name in names:
            address = stack.enter_context(fresh(kind))
            contenders.append(stack.enter_context(running(name, address, folder)))
        found: dict[str, list[list[float]]] = {name: [] for name in names}
        for number in range(options.rounds + 1):
            turn = number % len(contenders)
            for contender in contenders[turn:] + contenders[:turn]:
                seconds = contender.round(options.instances)
                if number:
                    found[contender.name].append(seconds)
    return found


def _told(kind: str, rounds: dict[str, list[list[float]]]) -> tuple[list[str], dict[str, Any]]:
    rows = [
        Times.of(f"{kind}: {name}", [each for some in found for each in some])
        for name, found in rounds.items()
    ]
    rates = {name: [rate(seconds) for seconds in found] for name, found in rounds.items()}
    lines = [*table(rows), ""]
    data: dict[str, Any] = {"completions": as_json(rows), "ratios": {}}
    for name, figures in rates.items():
        lines.append(f"{kind}: {name}: {Spread.of(figures)} completions per second")
        if name != OURS:
            ratio = ratios(rates[OURS], figures)
            data["ratios"][name] = vars(ratio)
            lines.append(f"{kind}: ours / {name}: {ratio}")
            lines.append(verdict(f"{kind}: ours / {name}", ratio.median, AIMS[name]))
    return [*lines, ""], data
