"""A session on an empty database in memory, and a keyring for sealed columns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.db import keys
from app.db.base import Base
from app.db.unit_of_work import prepare


@pytest.fixture
def session() -> Iterator[Session]:
    keys.install(keys.Keyring({1: bytes(32)}, bytes(32)))
    engine = prepare(create_engine("sqlite://"))
    Base.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()
