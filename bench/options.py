"""What a run measures and how long; every measurement is given the same options."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

KINDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Options:
    """How much is measured; the defaults are what figures are published with."""

    kinds: tuple[str, ...] = KINDS
    rounds: int = 9
    instances: int = 60
    turns: int = 1_000
    rows: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    timers: int = 1_000
    workers: tuple[int, ...] = (1, 2, 4)
    viewflow: bool = True
    profile: bool = False


def read(arguments: Sequence[str]) -> tuple[list[str], Options]:
    """Return the measurements named and the options; ends the program when one is unknown."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    usual = Options()
    parser.add_argument("measurements", nargs="*", help="all, unless some are named")
    parser.add_argument("--database", choices=KINDS, help="only this kind")
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--instances", type=int, default=usual.instances, help="in each round")
    parser.add_argument("--turns", type=int, default=usual.turns, help="completions of one case")
    parser.add_argument("--rows", type=int, default=max(usual.rows), help="most stored instances")
    parser.add_argument("--timers", type=int, default=usual.timers)
    parser.add_argument("--workers", type=int, default=max(usual.workers), help="most workers")
    parser.add_argument("--no-viewflow", action="store_true", help="leave this peer out")
    parser.add_argument("--profile", action="store_true", help="where the time of a step goes")
    given = parser.parse_args(list(arguments))
    return given.measurements, Options(
        kinds=(given.database,) if given.database else KINDS,
        rounds=given.rounds,
        instances=given.instances,
        turns=given.turns,
        rows=tuple(rows for rows in usual.rows if rows <= given.rows) or (given.rows,),
        timers=given.timers,
        workers=tuple(number for number in usual.workers if number <= given.workers),
        viewflow=not given.no_viewflow,
        profile=given.profile,
    )
