"""Runs the corpus in children and judges what they tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.hostile.corpus import corpus

ROOT = Path(__file__).parents[3]
# One child for each: a crash loses the verdicts of its own group alone.
GROUPS = (
    ("bpmn", "form", "descriptor"),
    ("dmn", "scenario", "notice"),
    ("feel",),
    ("state",),
    ("run",),
    ("package",),
)
CPU_SECONDS = 2.0
MEGABYTES = 200.0
LONGEST = 12_000
PATIENCE = 60


@dataclass(frozen=True)
class Outcome:
    """What one input brought about."""

    name: str
    door: str
    verdict: str
    cpu: float
    mb: float
    did: tuple[str, ...] = ()
    canary: bool = False
    sentence: int = 0

    def complaints(self) -> list[str]:
        """Return what is wrong; nothing when the input did no harm."""
        case = corpus()[self.name]
        found = [self.verdict] if self.verdict.startswith(("ESCAPED", "CRASHED")) else []
        if case.refused and self.verdict == "taken":
            found.append("taken, though it must be refused")
        if self.cpu > CPU_SECONDS:
            found.append(f"{self.cpu} s of CPU")
        if self.mb > MEGABYTES:
            found.append(f"{self.mb} MB")
        if self.did or self.canary:
            found.append(f"did {self.did} canary {self.canary}")
        if self.sentence > LONGEST:
            found.append(f"sentence of {self.sentence} characters")
        return found


def run_group(doors: tuple[str, ...], folder: Path) -> list[Outcome]:
    """Run one child in a folder of its own."""
    home = folder / "_".join(doors)
    home.mkdir()
    paths = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "engine" / "spiff")))
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": paths, "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "tests.faults.hostile.child", *doors]
    try:
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, text=True, timeout=PATIENCE
        )
        output, trouble = done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        output, trouble = bytes(late.stdout or b"").decode(), "no end"
    return _outcomes(doors, [json.loads(line) for line in output.splitlines()], trouble)


def _outcomes(doors: tuple[str, ...], told: list[dict[str, object]], trouble: str) -> list[Outcome]:
    ended = {str(line["name"]): line for line in told if "name" in line}
    found = []
    for case in corpus().values():
        if case.door not in doors:
            continue
        line = ended.get(case.name)
        if line is None:
            found.append(
                Outcome(
                    case.name, case.door, "CRASHED " + " ".join(trouble[-200:].split()), 0.0, 0.0
                )
            )
        else:
            found.append(Outcome(**{**line, "did": tuple(line["did"])}))  # type: ignore[arg-type]
    return found


def run_all(folder: Path, at_once: int = 2) -> list[Outcome]:
    """Run every input; a machine with two cores runs two children at once."""
    with ThreadPoolExecutor(at_once) as pool:
        groups = pool.map(lambda doors: run_group(doors, folder), GROUPS)
        return [outcome for group in groups for outcome in group]
