"""A session on an empty database in memory with all tables known so far."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.db.base import Base
from app.db.unit_of_work import prepare


@pytest.fixture
def session() -> Iterator[Session]:
    engine = prepare(create_engine("sqlite://"))
    Base.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()
