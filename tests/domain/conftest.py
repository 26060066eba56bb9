"""Databases in memory: empty ones, and one seeded once whose changes are undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from app.db import keys
from app.db.base import Base
from app.db.unit_of_work import prepare
from app.domain.accounts import Account, RoleAssignment, WebSession
from app.domain.audit import AuditEntry
from app.domain.organisations import AuthorityGrant, Committee, Organisation
from app.domain.people import Person, Photo
from app.domain.seed import seed_testdata

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ROWS: tuple[type[Base], ...] = (
    Organisation, Committee, AuthorityGrant, Person, Photo,
    Account, RoleAssignment, WebSession, AuditEntry,
)  # fmt: skip


@pytest.fixture
def now() -> datetime:
    """A Monday morning in Guangxi."""
    return NOW


@pytest.fixture
def core_session() -> Iterator[Session]:
    """A session on an empty database with the tables of this group of subjects."""
    engine = _engine()
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="session")
def seeded_engine(keyring: keys.Keyring) -> Iterator[Engine]:
    """The test data, seeded once."""
    engine = _engine()
    with Session(engine) as session:
        seed_testdata(session, now=NOW)
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def seeded(seeded_engine: Engine) -> Iterator[Session]:
    """A session on the test data; what a test writes is rolled back."""
    with Session(seeded_engine) as session:
        yield session
        session.rollback()


def _engine() -> Engine:
    engine = prepare(create_engine("sqlite://", poolclass=StaticPool))
    Base.metadata.create_all(
        engine, tables=[Base.metadata.tables[each.__tablename__] for each in ROWS]
    )
    return engine
