"""The designers' scenarios, each in a house of its own, and how much of the drawings they reach."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.scenarios import ENOUGH_FLOWS, measure
from app.config import Config, read_config
from app.engine.bundles import compile_package
from app.engine.package import process_keys, read_package
from app.engine.simulation import Outcome, read_scenario, run_scenario, scenario_files
from app.scheduler.virtual import Worlds

WORKFLOWS = Path(__file__).parents[2] / "workflows"
KEYS = process_keys(WORKFLOWS)
FILES = [path for key in KEYS for path in scenario_files(WORKFLOWS, key)]


@dataclass(frozen=True)
class Played:
    """All scenarios after they ran, and the flows they took."""

    config: Config
    worlds: Worlds
    outcomes: dict[Path, Outcome]
    taken: set[str]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    config = read_config(instance=tmp_path_factory.mktemp("instance"))
    taken: set[str] = set()
    worlds = Worlds(config, on_flows=taken.update)
    outcomes = {path: run_scenario(read_scenario(path), worlds.world()) for path in FILES}
    return Played(config, worlds, outcomes, taken)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_scenario_goes_as_told(path: Path, played: Played) -> None:
    assert played.outcomes[path].mismatches == ()


@pytest.mark.parametrize("key", KEYS)
def test_the_scenarios_reach_every_node_and_nearly_every_flow(key: str, played: Played) -> None:
    config = played.config
    package = read_package(key, workflows=config.workflows, forms=config.forms)
    definition = compile_package(package, played.worlds.load_form).definition
    found = measure(key, definition, played.taken)
    assert found.missing_nodes == ()
    assert found.flow_share >= ENOUGH_FLOWS
