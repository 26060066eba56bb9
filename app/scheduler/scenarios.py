"""Running scenarios and measuring what they visit: every node, and nearly every flow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from app.config import Config
from app.engine.bundles import FormLoader, compile_package
from app.engine.drawing import Definition
from app.engine.package import read_package
from app.engine.registry import Registry
from app.engine.simulation import (
    Coverage,
    Outcome,
    measure,
    read_scenario,
    run_scenario,
    scenario_files,
    told,
)
from app.errors import DefinitionError
from app.messages import message
from app.operations import registry
from app.scheduler.virtual import Worlds

ENOUGH_FLOWS = 0.9


@dataclass
class Report:
    """Outcomes of scenarios and the coverage of each process tested."""

    outcomes: list[Outcome] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)

    def failures(self) -> list[str]:
        """Return a sentence for everything that is not as it should be."""
        found = [told(o, m) for o in self.outcomes for m in o.mismatches]
        for one in self.coverage:
            if one.missing_nodes:
                nodes = "、".join(one.missing_nodes)
                found.append(message("scenario.nodes_missing", process=one.key, nodes=nodes))
            if one.flow_share < ENOUGH_FLOWS:
                flows = "、".join(one.missing_flows)
                found.append(message("scenario.flows_missing", process=one.key, flows=flows))
        return found

    def data(self) -> dict[str, Any]:
        """Return the report as JSON."""
        return {
            "scenarios": [
                {
                    "file": o.scenario.file,
                    "name": o.scenario.name,
                    "passed": o.passed,
                    "seconds": round(o.seconds, 3),
                    "differences": [told(o, mismatch) for mismatch in o.mismatches],
                }
                for o in self.outcomes
            ],
            "coverage": [one.data() for one in self.coverage],
        }

    def lines(self) -> list[str]:
        """Return the report for people."""
        lines = [f"{'✓' if o.passed else '✗'} {o.scenario.name}" for o in self.outcomes]
        return lines + [one.line() for one in self.coverage]


def test_processes(
    config: Config,
    keys: Sequence[str],
    *,
    operations: Registry = registry,  # noqa: PT028 - it is no test of pytest's
) -> Report:
    """Run the scenarios of these processes, and those of others that come through them.

    Flows taken by any of these count for every process.
    """
    taken: set[str] = set()
    worlds = Worlds(config, on_flows=taken.update, operations=operations)
    with closing(worlds):
        report = Report(outcomes=list(_outcomes(worlds, keys)))
        for key in keys:
            report.coverage.append(measure(key, drawn(config, key, worlds.load_form), taken))
    return report


def _outcomes(worlds: Worlds, keys: Sequence[str]) -> Iterator[Outcome]:
    """Play everything that comes through these processes; yield what is told of them."""
    for path in scenarios_through(worlds.config, keys):
        outcome = run_scenario(read_scenario(path), worlds.world())
        if path.parent.parent.name in keys:
            yield outcome


def drawn(config: Config, key: str, load_form: FormLoader) -> Definition:
    """Return the drawing of a process as its files lie there."""
    package = read_package(key, workflows=config.workflows, forms=config.forms)
    return compile_package(package, load_form).definition


def _told_of(config: Config) -> list[str]:
    """Return every folder with scenarios; a process that is only called may lie there alone."""
    return sorted({path.parent.parent.name for path in config.workflows.glob("*/scenarios/*.yaml")})


def scenarios_through(config: Config, keys: Sequence[str]) -> Iterator[Path]:
    """Yield the scenarios of these processes and, of the others, those that come through them."""
    drawings = {f"workflows/{key}/{key}.bpmn" for key in keys}

    @cache
    def comes_through(process: str) -> bool:
        package = read_package(process, workflows=config.workflows, forms=config.forms)
        return not drawings.isdisjoint(package.files)

    for key in _told_of(config):
        for path in scenario_files(config.workflows, key):
            # What cannot be read comes through nothing; its own test says what is wrong with it.
            with suppress(DefinitionError):
                if key in keys or comes_through(read_scenario(path).process):
                    yield path
