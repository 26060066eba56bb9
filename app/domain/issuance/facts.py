"""Facts about an issuance for the readiness decision; plain JSON, no rule.

The collection item (where one exists) and the roles of the acting officer are facts of other
subjects and come beside these.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain.cases.tables import CaseRow, CaseState
from app.domain.certificates.register import valid_certificate
from app.domain.codes import band_of, label
from app.domain.issuance.log import words
from app.domain.issuance.tables import Issuance, IssuanceState
from app.domain.people.register import current_photo, find_person
from app.domain.publicity.publishing import publicity_of
from app.domain.publicity.tables import PublicityKind, PublicityState
from app.domain.titles.records import has_approval
from app.domain.titles.tables import TitleRecord

APPROVED = (CaseState.APPROVED, CaseState.COMPLETED)


def issuance_facts(session: Session, issuance_id: str) -> dict[str, Any]:
    """Return what D07 asks about an issuance and its title record."""
    issuance = session.get_one(Issuance, issuance_id)
    record = session.get_one(TitleRecord, issuance.title_record_id)
    return {
        **_application(issuance),
        **_title(record),
        **_source(session, issuance, record),
        "photo_accepted": current_photo(session, record.person_code) is not None,
        "open_issuance": _another_is_open(session, issuance),
        "valid_certificate": valid_certificate(session, record.id) is not None,
    }


def missing_fields(session: Session, record: TitleRecord) -> list[str]:
    """Return the columns a record lacks; a committee or an approving body is enough as body."""
    missing = [field for field in words("fields") if field != "body" and not getattr(record, field)]
    if not (record.committee or record.approval_body_code or record.approval_body_name):
        missing.append("body")
    if record.person_code and find_person(session, record.person_code) is None:
        missing.insert(0, "person_code")
    return missing


def _application(issuance: Issuance) -> dict[str, Any]:
    return {
        "id": issuance.id,
        "state": issuance.state,
        "source": issuance.source,
        "reason": issuance.reason,
        "reason_name": label("issue_reason", issuance.reason),
        "profile": issuance.profile,
        "office": issuance.office,
        "review_org": issuance.review_org,
        "applied_on": _text(issuance.applied_on),
        "applied_by": issuance.applied_by,
        "reviewer": issuance.reviewer,
        "confirm_notice_no": issuance.confirm_notice_no,
        "confirm_notice_on": _text(issuance.confirm_notice_on),
        "released": issuance.released_at is not None,
    }


def _title(record: TitleRecord) -> dict[str, Any]:
    return {
        "title_record": record.id,
        "person": record.person_code,
        "title_status": record.status,
        "carrier": record.carrier,
        "series": record.series,
        "level": record.level,
        "level_name": label("title_levels", record.level),
        "band": band_of(record.level),
        "method": record.method,
        "method_name": label("acquisition_methods", record.method) if record.method else None,
        "acquired_on": _text(record.acquired_on),
        "approved_on": _text(record.approved_on),
        "approval_doc_no": record.approval_doc_no,
        "approval_body": record.approval_body_code,
        "granting_body": record.approval_body_name or record.approval_body_code,
        "committee": record.committee,
        "has_approval": has_approval(record),
        "history": record.history_flag,
    }


def _source(session: Session, issuance: Issuance, record: TitleRecord) -> dict[str, Any]:
    """What the source conditions need: the case, its result publicity, the import."""
    missing = missing_fields(session, record)
    case_state = publicity = None
    if issuance.case_no:
        query = select(CaseRow.state).where(CaseRow.case_no == issuance.case_no)
        case_state = session.scalar(query)
        publicity = publicity_of(session, issuance.case_no, PublicityKind.RESULT)
    return {
        "complete": not missing,
        "missing": missing,
        "missing_names": [words("fields")[field] for field in missing],
        "case_no": issuance.case_no,
        "case_state": case_state,
        "case_approved": case_state in APPROVED,
        "publicity_state": publicity.state if publicity else str(PublicityState.NONE),
        "record_source": record.source,
    }


def _another_is_open(session: Session, issuance: Issuance) -> bool:
    other = exists().where(
        Issuance.title_record_id == issuance.title_record_id,
        Issuance.id != issuance.id,
        Issuance.state != IssuanceState.ISSUED,
    )
    return bool(session.scalar(select(other)))


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
