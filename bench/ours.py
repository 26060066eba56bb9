"""The engine as a contender: `python -m bench.ours ADDRESS FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from app.scheduler.virtual import find_actor
from bench.houses import GOING_ON, OFFICER, complete, house, start
from bench.peers.protocol import serve

TASKS = 3


def main(address: str, folder: str) -> None:
    """Complete three tasks of each new instance through the engine's verb."""
    with house(address, Path(folder)) as found:
        officer = find_actor(found, OFFICER)

        def completions(instances: int) -> list[float]:
            cases = [start(found, "line") for _ in range(instances)]
            return [
                complete(found, case, officer, GOING_ON) for case in cases for _ in range(TASKS)
            ]

        serve(completions)


if __name__ == "__main__":
    main(*sys.argv[1:])
