"""`make bench`: every measurement, or those named: `make bench ARGS="engine"`."""

from __future__ import annotations

import sys

from bench import engine

MEASUREMENTS = {"engine": engine.main}


def main(arguments: list[str]) -> None:
    """Run the measurements named, or all."""
    wanted = [name for name in arguments if not name.startswith("-")] or list(MEASUREMENTS)
    for name in wanted:
        MEASUREMENTS[name]([argument for argument in arguments if argument.startswith("-")])


if __name__ == "__main__":
    main(sys.argv[1:])
