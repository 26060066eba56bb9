"""The designers' scenarios, each in a house of its own, and how much of the drawings they reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.clock import FixedClock
from app.config import Config, read_config
from app.db.unit_of_work import prepare
from app.engine.package import process_keys
from app.engine.simulation import Outcome, measure, read_scenario, run_scenario, scenario_files
from app.scheduler.scenarios import ENOUGH_FLOWS, drawn
from app.scheduler.virtual import BEFORE, Worlds, world_of
from tests.copies import POSTGRESQL, Copies
from tests.faults.invariants import broken

MEMORY = "memory"
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


class Server:
    """One engine for all copies: it compiles each statement once, whichever copy is there now."""

    def __init__(self, copies: Copies) -> None:
        self._copies = copies
        self._now = ""
        self.database = prepare(create_engine("postgresql+psycopg://", creator=self._connect))

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._now)

    @contextmanager
    def fresh(self, worlds: Worlds) -> Iterator[Database]:
        """Lend the engine over a copy of its own."""
        with self._copies.copy(POSTGRESQL, "scenarios", worlds.fill) as url:
            self._now = url.replace("postgresql+psycopg", "postgresql")
            yield self.database
            self.database.dispose()


@pytest.fixture(scope="module", params=[MEMORY, POSTGRESQL])
def played(
    request: pytest.FixtureRequest, copies: Copies, tmp_path_factory: pytest.TempPathFactory
) -> Played:
    """All scenarios, in memory as `flask process test` plays them, then on a server."""
    config = read_config(instance=tmp_path_factory.mktemp("instance"))
    taken: set[str] = set()
    worlds = Worlds(config, on_flows=taken.update)
    on_server = partial(_on_server, Server(copies))
    play = on_server if request.param == POSTGRESQL else _in_memory
    return Played(config, worlds, {path: play(worlds, path) for path in FILES}, taken)


def _in_memory(worlds: Worlds, path: Path) -> Outcome:
    return run_scenario(read_scenario(path), worlds.world())


def _on_server(server: Server, worlds: Worlds, path: Path) -> Outcome:
    with server.fresh(worlds) as database:
        clock = FixedClock(BEFORE)
        world = world_of(worlds.house_on(database, clock), clock)
        outcome = run_scenario(read_scenario(path), world)
        with Session(database) as session:
            assert list(broken(session)) == [], path
        return outcome


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_scenario_goes_as_told(path: Path, played: Played) -> None:
    assert played.outcomes[path].mismatches == ()


@pytest.mark.parametrize("key", KEYS)
def test_the_scenarios_reach_every_node_and_nearly_every_flow(key: str, played: Played) -> None:
    config = played.config
    found = measure(key, drawn(config, key, played.worlds.load_form), played.taken)
    assert found.missing_nodes == ()
    assert found.flow_share >= ENOUGH_FLOWS
