"""What may happen to a title record, each change with its line of history.

The title's own data and its paper certificate have separate functions on purpose. Which change is
due in which procedure is drawn in the process files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.certificates.numbers import management_number
from app.domain.certificates.serials import next_serial
from app.domain.titles.tables import (
    Carrier,
    PaperStatus,
    TitleChange,
    TitleRecord,
    TitleStatus,
)
from app.errors import DomainError

CORRECTABLE = frozenset(
    {
        "specialty",
        "acquired_on",
        "approved_on",
        "approval_doc_no",
        "approval_body_code",
        "approval_body_name",
        "committee",
        "paper_cert_no",
    }
)


class RecordSource(StrEnum):
    """Where a record came from; `EXCEL` and `VERIFICATION` are asked for by later rules."""

    CASE = "CASE"
    EXCEL = "EXCEL"
    VERIFICATION = "VERIFICATION"
    SEED = "SEED"


@dataclass(frozen=True)
class NewTitle:
    """What is known about a title when its record is made."""

    person_code: str
    series: str
    level: str
    title: str
    carrier: Carrier
    source: RecordSource
    specialty: str | None = None
    method: str | None = None
    acquired_on: date | None = None
    approved_on: date | None = None
    approval_doc_no: str | None = None
    approval_body_code: str | None = None
    approval_body_name: str | None = None
    committee: str | None = None
    paper_cert_no: str | None = None
    status: TitleStatus = TitleStatus.VALID
    issue_reason: str | None = None
    history_flag: bool = False
    original_record_id: str | None = None
    record_code: str | None = None


@dataclass(frozen=True)
class Change:
    """Who changes a record, when, and in which case."""

    by: str
    at: datetime
    case_no: str | None = None
    remark: str | None = None


def new_record(session: Session, new: NewTitle, *, region: str, recorded_on: date) -> TitleRecord:
    """Add a title record with its management number.

    `region` is the six-digit numbering region of the approving office; the number's year is that
    of the approval, or of `recorded_on` when the approval date is unknown.
    """
    year = (new.approved_on or recorded_on).year
    serial = next_serial(session, f"management:{region}:{year}")
    record = TitleRecord(
        id=new_id(),
        mgmt_no=management_number(region=region, year=year, serial=serial),
        paper_status=PaperStatus.VALID if new.carrier is Carrier.PAPER else None,
        **vars(new),
    )
    session.add(record)
    return record


def records_of(session: Session, person_code: str) -> Sequence[TitleRecord]:
    """Return the records of a person, the oldest title first."""
    query = select(TitleRecord).where(TitleRecord.person_code == person_code)
    return session.scalars(query.order_by(TitleRecord.acquired_on, TitleRecord.mgmt_no)).all()


def find_record(session: Session, record_id: str) -> TitleRecord:
    """Return a record by its id, its record code or its management number."""
    keys = (TitleRecord.id, TitleRecord.record_code, TitleRecord.mgmt_no)
    for key in keys:
        found = session.scalars(select(TitleRecord).where(key == record_id)).one_or_none()
        if found is not None:
            return found
    raise DomainError("title.unknown_record", record=record_id)


def has_approval(record: TitleRecord) -> bool:
    """Say whether number, date and issuer of the approval document are all recorded."""
    issuer = record.approval_body_code or record.approval_body_name
    return bool(record.approval_doc_no and record.approved_on and issuer)


def declare_paper_void(
    session: Session, record: TitleRecord, *, reason: str, remark: str, change: Change
) -> None:
    """Declare the paper certificate void; the title itself is never touched."""
    _paper_must_be_valid(record)
    _set(session, record, "paper_status", PaperStatus.DECLARED_VOID, change)
    record.paper_void_reason = reason
    record.paper_void_remark = remark
    record.paper_void_at = change.at


def exchange_paper(session: Session, record: TitleRecord, change: Change) -> None:
    """Mark the paper certificate as exchanged for an electronic one."""
    _paper_must_be_valid(record)
    _set(session, record, "paper_status", PaperStatus.EXCHANGED, change)


def make_electronic(
    session: Session, record: TitleRecord, *, issue_reason: str, change: Change
) -> None:
    """Let the title be certified electronically from now on, for this reason."""
    _set(session, record, "carrier", Carrier.ELECTRONIC, change)
    _set(session, record, "issue_reason", issue_reason, change)


def correct(
    session: Session, record: TitleRecord, values: Mapping[str, object], change: Change
) -> None:
    """Correct data of a record; another series, level or title would be a new grant."""
    forbidden = sorted(set(values) - CORRECTABLE)
    if forbidden:
        raise DomainError("title.not_correctable", fields="、".join(forbidden))
    _must_stand(record)
    for field, value in values.items():
        _set(session, record, field, value, change)


def confirm(session: Session, record: TitleRecord, change: Change) -> None:
    """Make a record that waited for its check valid."""
    if record.status != TitleStatus.CHECK:
        raise DomainError("title.not_waiting", record=record.mgmt_no)
    _set(session, record, "status", TitleStatus.VALID, change)


def revoke(session: Session, record: TitleRecord, change: Change) -> None:
    """Revoke a title, and with it a paper certificate that was still valid."""
    _must_stand(record)
    _set(session, record, "status", TitleStatus.REVOKED, change)
    if record.paper_status == PaperStatus.VALID:
        _set(session, record, "paper_status", PaperStatus.REVOKED, change)


def history_of(session: Session, record_id: str) -> Sequence[TitleChange]:
    """Return every change of a record, the first one first."""
    query = select(TitleChange).where(TitleChange.title_record_id == record_id)
    return session.scalars(query.order_by(TitleChange.changed_at, TitleChange.id)).all()


def _paper_must_be_valid(record: TitleRecord) -> None:
    if record.paper_status != PaperStatus.VALID:
        raise DomainError("title.paper_not_valid", record=record.mgmt_no)


def _must_stand(record: TitleRecord) -> None:
    if record.status == TitleStatus.REVOKED:
        raise DomainError("title.revoked", record=record.mgmt_no)


def _set(session: Session, record: TitleRecord, field: str, value: object, change: Change) -> None:
    old = getattr(record, field)
    if old == value:
        return
    setattr(record, field, value)
    # The line of history refers to the record, whose row may not have been written yet.
    session.flush()
    session.add(
        TitleChange(
            title_record_id=record.id,
            field=field,
            old=None if old is None else str(old),
            new=None if value is None else str(value),
            changed_by=change.by,
            changed_at=change.at,
            case_no=change.case_no,
            remark=change.remark,
        )
    )
