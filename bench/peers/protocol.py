"""How a contender is asked for a round: a line of JSON in, a line of JSON out.

Only the standard library, because peers run in a virtualenv of their own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

Round = Callable[[int], list[float]]

# The same in every contender: some 0.9 kB of opinion, and what the gateway asks for.
VALUES = {
    "opinion": "经核对，申报材料齐全，所填信息与原件一致，符合申报条件。" * 12,
    "outcome": "AGREE",
}


def serve(completions: Round) -> None:
    """Answer rounds until the input ends: so many instances, the seconds of each completion."""
    say({"ready": True})
    for line in sys.stdin:
        say({"seconds": completions(json.loads(line)["instances"])})


def say(answer: dict[str, Any]) -> None:
    """Write one answer."""
    print(json.dumps(answer), flush=True)


def timed(act: Callable[[], Any]) -> float:
    """Return the seconds that an act takes."""
    before = time.perf_counter()
    act()
    return time.perf_counter() - before
