"""`python -m tests.faults.hostile`: every hostile input with its verdict and its cost."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT / "tests" / "engine" / "spiff"))  # the builder of drawings


def main() -> int:
    """Print the table; returns 1 when an input did harm."""
    from tests.faults.hostile.trial import run_all

    with tempfile.TemporaryDirectory() as folder:
        outcomes = run_all(Path(folder))
    for found in outcomes:
        mark = "; ".join(found.complaints())
        line = (
            f"{found.door:11}{found.name:42}{found.verdict[:44]:45}{found.cpu:7.2f}{found.mb:8.1f}"
        )
        sys.stdout.write(f"{line}  {mark}".rstrip() + "\n")
    wrong = sum(bool(found.complaints()) for found in outcomes)
    sys.stdout.write(f"{len(outcomes)} inputs, {wrong} did harm\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
