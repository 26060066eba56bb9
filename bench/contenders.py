"""The processes that race: started with a database each, asked for rounds, ended.

They answer by `bench.peers.protocol`; what they print beside it goes to stderr and is shown when
one of them fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.config import ROOT
from bench.peers.installing import peers_python

OURS, RAW, VIEWFLOW = "this engine", "raw SpiffWorkflow", "django-viewflow"
MODULES = {
    OURS: "bench.ours",
    RAW: "bench.peers.raw_spiff",
    VIEWFLOW: "bench.peers.viewflow.contender",
}
END_SECONDS = 20


@dataclass(frozen=True)
class Contender:
    """A running contender."""

    name: str
    process: subprocess.Popen[str]

    def round(self, instances: int) -> list[float]:
        """Return the seconds of each completion of a round."""
        if self.process.stdin is None:
            raise RuntimeError(f"{self.name} cannot be asked")
        self.process.stdin.write(json.dumps({"instances": instances}) + "\n")
        self.process.stdin.flush()
        seconds: list[float] = self.answer()["seconds"]
        return seconds

    def answer(self) -> dict[str, Any]:
        """Read one answer; raises when the contender has ended."""
        line = self.process.stdout.readline() if self.process.stdout is not None else ""
        if not line:
            raise RuntimeError(f"{self.name} ended with {self.process.wait(END_SECONDS)}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def running(name: str, address: str, folder: Path) -> Iterator[Contender]:
    """Start a contender over an empty database and wait until it is ready."""
    python = peers_python() if name == VIEWFLOW else Path(sys.executable)
    with subprocess.Popen(
        [python, "-m", MODULES[name], address, str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        contender = Contender(name, process)
        try:
            contender.answer()
            yield contender
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(END_SECONDS)
