"""Trying scenarios from a page: in memory, one run at a time in a process, within a time.

The worlds are made at the first trial and anew when a designer's file has changed. Whatever a trial
does, the database of the house is out of its reach.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from app.config import Config
from app.engine.drawing import Definition
from app.engine.package import NOTICE_FOLDER
from app.engine.registry import Registry
from app.engine.simulation import (
    Coverage,
    Outcome,
    Scenario,
    measure,
    read_scenario,
    run_scenario,
    scenario_files,
)
from app.engine.simulation.scenario import Step
from app.errors import DefinitionError, EngineError
from app.messages import sentence
from app.scheduler.scenarios import drawn, scenarios_through
from app.scheduler.virtual import Worlds

SECONDS = 40.0


@dataclass
class Trial:
    """What a run brought: outcomes, scenarios that cannot be read, those there was no time for."""

    key: str
    outcomes: list[Outcome] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    coverage: Coverage | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Tell whether everything asked for was tried and went as told."""
        return not (self.unread or self.left) and all(each.passed for each in self.outcomes)


class Trials:
    """The trials of one process."""

    def __init__(self, config: Config, operations: Registry, *, seconds: float = SECONDS) -> None:
        self._config = config
        self._operations = operations
        self._seconds = seconds
        self._turn = threading.Lock()
        self._taken: set[str] = set()
        self._worlds: Worlds | None = None
        self._stamps: dict[Path, int] = {}

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Take one's turn; raises EngineError `designer.busy` when somebody else has it."""
        if not self._turn.acquire(blocking=False):
            raise EngineError("designer.busy")
        try:
            yield
        finally:
            self._turn.release()

    def one(self, key: str, name: str) -> Trial:
        """Play one scenario of a process."""
        return self._play(key, [path for path in self._own(key) if path.stem == name], [])

    def every(self, key: str) -> Trial:
        """Play all scenarios of a process; those of others help until everything is reached."""
        own = self._own(key)
        return self._play(key, own, (path for path in self._through(key) if path not in own))

    def _own(self, key: str) -> list[Path]:
        return scenario_files(self._config.workflows, key)

    def _through(self, key: str) -> Iterator[Path]:
        with suppress(DefinitionError):  # told by the check
            yield from scenarios_through(self._config, [key])

    def _play(self, key: str, own: Iterable[Path], others: Iterable[Path]) -> Trial:
        with self.turn():
            begun = monotonic()
            trial, worlds = Trial(key), self._ready()
            self._taken.clear()
            for path in own:
                self._try(path, trial, worlds, begun)
            with suppress(DefinitionError):
                definition = drawn(self._config, key, worlds.load_form)
                trial.coverage = self._reached(key, definition, worlds, others, begun)
            trial.seconds = monotonic() - begun
            return trial

    def _try(self, path: Path, trial: Trial, worlds: Worlds, begun: float) -> None:
        try:
            scenario = read_scenario(path)
        except DefinitionError as error:
            trial.unread.append(sentence(error))
            return
        outcome = self._played(scenario, worlds, begun)
        if outcome is None:
            trial.left.append(scenario.name)
        else:
            trial.outcomes.append(outcome)

    def _reached(
        self, key: str, definition: Definition, worlds: Worlds, others: Iterable[Path], begun: float
    ) -> Coverage:
        coverage = measure(key, definition, self._taken)
        for path in others:
            if not (coverage.missing_nodes or coverage.missing_flows):
                break
            if self._played(read_scenario(path), worlds, begun) is None:
                break
            coverage = measure(key, definition, self._taken)
        return coverage

    def _played(self, scenario: Scenario, worlds: Worlds, begun: float) -> Outcome | None:
        """Play a scenario; None when the time is over before it ends."""

        def heard(_: Step | None, __: str | None, ___: str | None) -> None:
            if monotonic() - begun > self._seconds:
                raise TimeoutError

        try:
            heard(None, None, None)
            return run_scenario(scenario, worlds.world(), heard)
        except TimeoutError:
            return None

    def _ready(self) -> Worlds:
        """Return worlds in which the files are published as they lie there now."""
        stamps = self._look()
        if self._worlds is not None and stamps != self._stamps:
            self._worlds.close()
            self._worlds = None
        if self._worlds is None:
            self._worlds = Worlds(
                self._config, on_flows=self._taken.update, operations=self._operations
            )
            self._stamps = stamps
        return self._worlds

    def _look(self) -> dict[Path, int]:
        workflows = self._config.workflows
        folders = (workflows, self._config.forms, workflows.parent / NOTICE_FOLDER)
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {path: path.stat().st_mtime_ns for path in files}
