"""Figures as people and programs read them: medians with their spread, ratios round by round."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bench.stores import OUT, surroundings


@dataclass(frozen=True)
class Times:
    """Single measurements summed up, in milliseconds."""

    what: str
    number: int
    per_second: float
    p50: float
    p95: float

    @classmethod
    def of(cls, what: str, seconds: Sequence[float]) -> Times:
        """Sum up measurements."""
        ordered = sorted(seconds)
        return cls(
            what,
            len(ordered),
            round(len(ordered) / sum(ordered), 1),
            round(statistics.median(ordered) * 1000, 2),
            round(ordered[int(0.95 * (len(ordered) - 1))] * 1000, 2),
        )


@dataclass(frozen=True)
class Spread:
    """A figure measured several times: its median, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up the rounds."""
        return cls(
            *(round(each, 3) for each in (statistics.median(values), min(values), max(values)))
        )

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} – {self.most:.2f})"


def rate(seconds: Sequence[float]) -> float:
    """Return how many were done in a second."""
    return len(seconds) / sum(seconds)


def ratios(ours: Sequence[float], other: Sequence[float]) -> Spread:
    """Return how ours compares, round by round, so that a noisy minute hits both."""
    return Spread.of([mine / its for mine, its in zip(ours, other, strict=True)])


def table(rows: Sequence[Times]) -> list[str]:
    """Return rows for people."""
    head = f"{'':<44}{'n':>7}{'per s':>9}{'p50 ms':>9}{'p95 ms':>9}"
    lines = [f"{r.what:<44}{r.number:>7}{r.per_second:>9}{r.p50:>9}{r.p95:>9}" for r in rows]
    return [head, *lines]


def verdict(what: str, value: float, aim: float, *, at_most: bool = False) -> str:
    """Return a line that holds a figure against its aim."""
    reached = value <= aim if at_most else value >= aim
    sign = "≤" if at_most else "≥"
    return f"{what}: {value:.2f}, aim {sign} {aim}: {'reached' if reached else 'MISSED'}"


def as_json(rows: Sequence[Times]) -> list[dict[str, Any]]:
    """Return rows for programs."""
    return [asdict(row) for row in rows]


def report(name: str, lines: Sequence[str], data: Mapping[str, Any]) -> dict[str, Any]:
    """Print the lines, write the JSON to `instance/bench`, and return it."""
    told = {
        "measurement": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        **surroundings(),
        **data,
    }
    print("\n".join(["", f"== {name}", *lines]))
    OUT.mkdir(parents=True, exist_ok=True)
    text = json.dumps(told, ensure_ascii=False, indent=2, default=str)
    (OUT / f"{name}.json").write_text(text, encoding="utf-8")
    return told
