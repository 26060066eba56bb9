"""Sessions for the rules of the domain: on empty tables, and on the test data; all is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.unit_of_work import unit_of_work
from app.domain.seed import seed_testdata
from tests.copies import Copies, opened, undone

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Guangxi."""
    return NOW


@pytest.fixture
def core_session(session: Session) -> Session:
    """A session on empty tables."""
    return session


def _seed(database: Engine) -> None:
    with unit_of_work(database) as session:
        seed_testdata(session, now=NOW)


@pytest.fixture(scope="session")
def seeded_databases(copies: Copies) -> Iterator[Callable[[str], Engine]]:
    """Give the database of a kind that holds the test data, seeded once."""
    with ExitStack() as stack:

        @cache
        def seeded(kind: str) -> Engine:
            url = stack.enter_context(copies.copy(kind, "people", _seed))
            return stack.enter_context(opened(url))

        yield seeded


@pytest.fixture
def seeded(seeded_databases: Callable[[str], Engine], database_kind: str) -> Iterator[Session]:
    """A session on the test data; what a test writes is undone."""
    with undone(seeded_databases(database_kind)) as session:
        yield session
