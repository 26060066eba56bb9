"""`make bench`: every measurement, or those named: `make bench ARGS="race --rounds 3"`."""

from __future__ import annotations

import sys

from bench import engine, growth, race, stored, timers
from bench.options import read
from bench.stores import durable_stores

MEASUREMENTS = {
    "engine": engine.main,
    "race": race.main,
    "growth": growth.main,
    "stored": stored.main,
    "timers": timers.main,
}


def main(arguments: list[str]) -> None:
    """Run the measurements named, or all."""
    wanted, options = read(arguments)
    unknown = [name for name in wanted if name not in MEASUREMENTS]
    if unknown:
        sys.exit(f"bench: unknown {', '.join(unknown)}; known are {', '.join(MEASUREMENTS)}")
    with durable_stores() as fresh:
        for name in wanted or MEASUREMENTS:
            MEASUREMENTS[name](options, fresh)


if __name__ == "__main__":
    main(sys.argv[1:])
