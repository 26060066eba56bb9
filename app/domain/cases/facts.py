"""Facts about a title for the decision whether a re-issue may be started.

Plain JSON and no rule: what blocks a start stands in the decision table.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.cases.register import open_cases
from app.domain.certificates.register import valid_certificate
from app.domain.codes import band_of
from app.domain.issuance.review import open_of
from app.domain.titles.records import has_approval
from app.domain.titles.tables import TitleRecord

REISSUE = ("YS", "GZ")
NOTHING = {
    "found": False,
    "own": False,
    "title_status": None,
    "paper_status": None,
    "carrier": None,
    "electronic_certificate": False,
    "issuance_open": False,
    "open_reissue": False,
    "open_case_no": None,
    "has_approval": False,
    "series": None,
    "level": None,
    "band": None,
    "method": None,
    "acquired_on": None,
    "approved_on": None,
    "approval_body": None,
}


def loss_facts(
    session: Session, person_code: str, record_id: str | None, *, case_id: str | None = None
) -> dict[str, Any]:
    """Return what D11 asks about a lost paper certificate; the case itself never counts as open.

    Without a record (the office searches its archive) everything is unknown; a record of another
    person is answered the same way, except for `found`.
    """
    found = _find(session, record_id)
    if found is None or found.person_code != person_code:
        return {**NOTHING, "found": found is not None}
    open_reissues = [
        case
        for case in open_cases(session, businesses=REISSUE, title_record_id=found.id)
        if case.id != case_id
    ]
    return {
        "found": True,
        "own": True,
        "title_status": found.status,
        "paper_status": found.paper_status,
        "carrier": found.carrier,
        "electronic_certificate": valid_certificate(session, found.id) is not None,
        "issuance_open": open_of(session, found.id) is not None,
        "open_reissue": bool(open_reissues),
        "open_case_no": open_reissues[0].case_no if open_reissues else None,
        "has_approval": has_approval(found),
        "series": found.series,
        "level": found.level,
        "band": band_of(found.level),
        "method": found.method,
        "acquired_on": found.acquired_on.isoformat() if found.acquired_on else None,
        "approved_on": found.approved_on.isoformat() if found.approved_on else None,
        "approval_body": found.approval_body_code,
    }


def _find(session: Session, record_id: str | None) -> TitleRecord | None:
    if not record_id:
        return None
    query = select(TitleRecord).where(
        or_(
            TitleRecord.id == record_id,
            TitleRecord.record_code == record_id,
            TitleRecord.mgmt_no == record_id,
        )
    )
    return session.scalars(query).one_or_none()
