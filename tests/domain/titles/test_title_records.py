"""Title records: numbers, history, and the paper that is not the title."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from app.domain.titles.records import (
    Change,
    confirm,
    correct,
    declare_paper_void,
    exchange_paper,
    find_record,
    history_of,
    make_electronic,
    new_record,
    records_of,
    revoke,
)
from app.domain.titles.tables import PaperStatus, TitleRecord, TitleStatus
from app.errors import DomainError
from tests.domain.samples import AGRONOMIST

NOW = datetime(2019, 5, 10, 2, tzinfo=UTC)
CHANGE = Change(by="a1", at=NOW, case_no="LZYS2019042600001", remark="遗失补办")
TITLE_FIELDS = (
    "series",
    "level",
    "title",
    "specialty",
    "method",
    "acquired_on",
    "approved_on",
    "approval_doc_no",
    "approval_body_code",
    "status",
    "carrier",
    "mgmt_no",
)


@pytest.fixture
def record(session: Session) -> TitleRecord:
    return new_record(session, AGRONOMIST, region="450200", recorded_on=NOW.date())


def test_management_number_names_region_and_year_of_the_approval(record: TitleRecord) -> None:
    assert record.mgmt_no == "GL45020020120000001"
    assert (record.status, record.paper_status) == ("VALID", "VALID")


def test_unknown_approval_date_takes_the_year_of_recording(session: Session) -> None:
    unknown = replace(AGRONOMIST, approved_on=None, record_code=None)

    record = new_record(session, unknown, region="450000", recorded_on=date(2021, 3, 1))

    assert record.mgmt_no == "GL45000020210000001"


@pytest.mark.req("R10")
def test_declaring_the_paper_void_never_touches_the_title(
    session: Session, record: TitleRecord
) -> None:
    before = [getattr(record, field) for field in TITLE_FIELDS]

    declare_paper_void(session, record, reason="LOST", remark="遗失补办", change=CHANGE)

    assert [getattr(record, field) for field in TITLE_FIELDS] == before
    assert record.paper_status == PaperStatus.DECLARED_VOID
    assert (record.paper_void_reason, record.paper_void_at) == ("LOST", NOW)
    [line] = history_of(session, record.id)
    assert (line.field, line.old, line.new) == ("paper_status", "VALID", "DECLARED_VOID")
    assert (line.changed_by, line.case_no) == ("a1", "LZYS2019042600001")


def test_paper_is_declared_void_once(session: Session, record: TitleRecord) -> None:
    declare_paper_void(session, record, reason="LOST", remark="遗失补办", change=CHANGE)

    with pytest.raises(DomainError, match=r"title\.paper_not_valid"):
        exchange_paper(session, record, CHANGE)


@pytest.mark.req("R11")
def test_reissue_changes_carrier_and_reason_only(session: Session, record: TitleRecord) -> None:
    make_electronic(session, record, issue_reason="LOST", change=CHANGE)

    assert (record.carrier, record.issue_reason) == ("ELECTRONIC", "LOST")
    assert (record.acquired_on, record.specialty) == (date(2012, 11, 30), "农学")
    fields = {line.field for line in history_of(session, record.id)}
    assert fields == {"carrier", "issue_reason"}


def test_correction_keeps_old_and_new_value(session: Session, record: TitleRecord) -> None:
    correct(session, record, {"specialty": "园艺", "committee": None}, CHANGE)

    [line] = history_of(session, record.id)
    assert (line.field, line.old, line.new) == ("specialty", "农学", "园艺")


@pytest.mark.parametrize("field", ["series", "level", "title", "person_code", "mgmt_no", "status"])
def test_what_a_new_grant_would_be_is_never_corrected(
    session: Session, record: TitleRecord, field: str
) -> None:
    with pytest.raises(DomainError, match=r"title\.not_correctable"):
        correct(session, record, {field: "1"}, CHANGE)


def test_revocation_takes_the_paper_along(session: Session, record: TitleRecord) -> None:
    revoke(session, record, CHANGE)

    assert (record.status, record.paper_status) == ("REVOKED", "REVOKED")
    with pytest.raises(DomainError, match=r"title\.revoked"):
        revoke(session, record, CHANGE)


def test_confirmation_is_for_records_that_wait_for_it(session: Session) -> None:
    waiting = replace(AGRONOMIST, status=TitleStatus.CHECK)
    record = new_record(session, waiting, region="450200", recorded_on=NOW.date())

    confirm(session, record, CHANGE)

    assert record.status == TitleStatus.VALID
    with pytest.raises(DomainError, match=r"title\.not_waiting"):
        confirm(session, record, CHANGE)


def test_history_cannot_be_rewritten(session: Session, record: TitleRecord) -> None:
    make_electronic(session, record, issue_reason="LOST", change=CHANGE)
    line = history_of(session, record.id)[0]

    line.new = "PAPER"

    with pytest.raises(RuntimeError, match="only ever added"):
        session.flush()


@pytest.mark.parametrize("key", ["id", "record_code", "mgmt_no"])
def test_record_is_found_by_any_of_its_keys(
    session: Session, record: TitleRecord, key: str
) -> None:
    assert find_record(session, getattr(record, key)) is record


def test_records_of_a_person_come_oldest_first(session: Session, record: TitleRecord) -> None:
    older = replace(AGRONOMIST, record_code=None, acquired_on=date(2005, 1, 1))
    first = new_record(session, older, region="450200", recorded_on=NOW.date())

    assert records_of(session, "P003") == [first, record]
    with pytest.raises(DomainError, match=r"title\.unknown_record"):
        find_record(session, "T999")
