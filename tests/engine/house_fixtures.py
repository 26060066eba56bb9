"""The fixtures that lend a house to a test; imported by the `conftest.py` of each folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.feel import BUNDLE, Feel
from tests.copies import POSTGRESQL, SQLITE, Copies, opened
from tests.engine.houses import Stage, fill_house, open_stage


@pytest.fixture(scope="session")
def house_feel() -> Iterator[Feel]:
    """One isolate for all houses of this test process."""
    feel = Feel(BUNDLE, timeout_ms=5000)
    yield feel
    feel.close()


@contextmanager
def _stage(copies: Copies, kind: str, folder: Path, feel: Feel) -> Iterator[Stage]:
    with copies.copy(kind, "house", fill_house) as url, opened(url) as database:
        yield open_stage(database, folder, feel)


@pytest.fixture
def sqlite_stage(copies: Copies, house_feel: Feel, tmp_path: Path) -> Iterator[Stage]:
    """A house over a SQLite file of its own."""
    with _stage(copies, SQLITE, tmp_path, house_feel) as stage:
        yield stage


@pytest.fixture
def postgresql_stage(copies: Copies, house_feel: Feel, tmp_path: Path) -> Iterator[Stage]:
    """A house over a PostgreSQL database of its own."""
    with _stage(copies, POSTGRESQL, tmp_path, house_feel) as stage:
        yield stage


@pytest.fixture
def stage(copies: Copies, database_kind: str, house_feel: Feel, tmp_path: Path) -> Iterator[Stage]:
    """A house over a SQLite file, then over PostgreSQL."""
    with _stage(copies, database_kind, tmp_path, house_feel) as stage:
        yield stage
