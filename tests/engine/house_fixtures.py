"""The fixtures that lend a house to a test; imported by the `conftest.py` of each folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.feel import BUNDLE, Feel
from tests.databases import Cluster
from tests.engine.houses import Stage, open_stage, opened, set_up, sqlite_copy, sqlite_template


@pytest.fixture(scope="session")
def house_feel() -> Iterator[Feel]:
    """One isolate for all houses of this test process."""
    feel = Feel(BUNDLE, timeout_ms=5000)
    yield feel
    feel.close()


@pytest.fixture(scope="session")
def sqlite_house_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set-up SQLite file that tests copy."""
    return sqlite_template(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="session")
def postgresql_house(postgresql_cluster: Cluster) -> Iterator[str]:
    """The name of a set-up PostgreSQL database that tests copy."""
    with postgresql_cluster.database() as url:
        with opened(url) as database:
            set_up(database)
        yield url.partition("@/")[2].partition("?")[0]


@pytest.fixture
def sqlite_stage(sqlite_house_file: Path, house_feel: Feel, tmp_path: Path) -> Iterator[Stage]:
    """A house over a SQLite file of its own."""
    with sqlite_copy(sqlite_house_file, tmp_path) as database:
        yield open_stage(database, tmp_path, house_feel)


@pytest.fixture
def postgresql_stage(
    postgresql_cluster: Cluster, postgresql_house: str, house_feel: Feel, tmp_path: Path
) -> Iterator[Stage]:
    """A house over a PostgreSQL database of its own."""
    with (
        postgresql_cluster.database(template=postgresql_house) as url,
        opened(url) as database,
    ):
        yield open_stage(database, tmp_path, house_feel)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def stage(request: pytest.FixtureRequest) -> Stage:
    """A house over a SQLite file, then over PostgreSQL."""
    found: Stage = request.getfixturevalue(f"{request.param}_stage")
    return found
