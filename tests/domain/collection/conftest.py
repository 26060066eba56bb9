"""A county title and the open collection item of its re-issue, due 2020-05-18, on test data."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.clock import SHANGHAI
from app.domain.calendar import Subject, load_calendar, open_deadline, seed_calendar
from app.domain.collection import CollectionItem, open_item
from app.domain.issuance.log import Doer
from app.domain.titles.records import new_record
from app.domain.titles.tables import TitleRecord
from tests.domain.samples import ENGINEER

APPROVED = datetime(2020, 5, 11, 10, tzinfo=SHANGHAI)
COUNTY, CITY = "ZGB-450223", "ZGB-450200"
OFFICER = Doer("county", "县职改办审批员", COUNTY)
RECEIVER = Doer("city", "市职改办审批员", CITY)
CASE = "LZYS2020042700001"


@pytest.fixture
def record(session: Session) -> TitleRecord:
    return new_record(session, ENGINEER, region="450200", recorded_on=APPROVED.date())


@pytest.fixture
def item(session: Session, record: TitleRecord) -> CollectionItem:
    seed_calendar(session, Path("workflows/calendars"), now=APPROVED)
    deadline = open_deadline(
        session,
        load_calendar(session),
        subject=Subject("process_instance", "1"),
        kind="collection",
        start_at=APPROVED,
        duration="P5D",
        unit="workday",
        region="450200",
    )
    session.flush()  # the item points to the deadline's row
    return open_item(
        session, record, case_no=CASE, office=COUNTY, receiver=CITY, deadline=deadline,
        doer=OFFICER, now=APPROVED,
    )  # fmt: skip
