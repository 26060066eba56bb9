"""Loads existing titles from rows in the layout of `title_records.csv`.

Every record gets its management number, paper ones too. Loading the same rows twice adds nothing;
organisations and persons have to be there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import code_of
from app.domain.organisations import numbering_region
from app.domain.organisations.tree import names_of
from app.domain.titles.documents import record_document
from app.domain.titles.numbering import recording_region
from app.domain.titles.records import NewTitle, RecordSource, new_record
from app.domain.titles.tables import Carrier, TitleRecord, TitleStatus
from app.errors import DomainError

Row = Mapping[str, str]


def seed_title_records(session: Session, rows: Iterable[Row]) -> list[TitleRecord]:
    """Add the records that are not there yet, with their approval documents; return them."""
    known = set(session.scalars(select(TitleRecord.record_code)))
    return [_add(session, row) for row in rows if row["record_id"] not in known]


def _add(session: Session, row: Row) -> TitleRecord:
    office = row["approving_org_code"] or None
    name = names_of(session, [office]).get(office) if office else None
    new = _new_title(row, name)
    recorded_on = new.approved_on or new.acquired_on
    if recorded_on is None:
        raise DomainError("title.no_date", record=row["record_id"])
    region = (
        numbering_region(session, office) if office else recording_region(session, new.person_code)
    )
    if office and new.approval_doc_no and new.approved_on:
        record_document(
            session,
            number=new.approval_doc_no,
            issuer=office,
            issuer_name=name,
            issued_on=new.approved_on,
        )
    return new_record(session, new, region=region, recorded_on=recorded_on)


def _new_title(row: Row, body_name: str | None) -> NewTitle:
    carrier = Carrier(code_of("carrier", row["carrier_zh"]))
    status = TitleStatus(code_of("title_record_status", row["status_zh"]))
    return NewTitle(
        record_code=row["record_id"],
        person_code=row["person_id"],
        series=row["series_code"],
        level=row["level_code"],
        title=row["title_zh"],
        specialty=row["specialty_zh"] or None,
        method=code_of("acquisition_methods", row["method_zh"]),
        acquired_on=_date(row["acquired_on"]),
        approved_on=_date(row["approved_on"]),
        approval_doc_no=row["approval_doc_no"] or None,
        approval_body_code=row["approving_org_code"] or None,
        approval_body_name=body_name,
        committee=row["committee_or_org_zh"] or None,
        carrier=carrier,
        paper_cert_no=row["paper_cert_no"] or None,
        status=status,
        history_flag=carrier is Carrier.PAPER and status is TitleStatus.VALID,
        source=RecordSource.SEED,
    )


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
