"""A title record and its open issuance on an empty database."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.domain.issuance.tables import Issuance
from app.domain.titles.records import new_record
from app.domain.titles.tables import TitleRecord
from tests.domain.issuance.acts import NOW, open_one
from tests.domain.samples import ENGINEER


@pytest.fixture
def record(session: Session) -> TitleRecord:
    return new_record(session, ENGINEER, region="450100", recorded_on=NOW.date())


@pytest.fixture
def issuance(session: Session, record: TitleRecord) -> Issuance:
    return open_one(session, record)
