"""Putting a title record that is already on the platform on the list for issuance.

Records of cases are put there by the operation that approves them; those that were imported are
put there by the office that approved them.
"""

from __future__ import annotations

from typing import Any

from app.domain.certificates.register import valid_certificate
from app.domain.codes import band_of
from app.domain.issuance.review import open_issuance, open_of
from app.domain.organisations import descendants
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Call, fact, operation
from app.operations.call import case_of, doer_of
from app.operations.issuing import HIGH
from app.operations.records import FIRST, record_of

SOURCE_IMPORT = "3"
OFFICE = "office"


@operation("issuance.open")
def open_record(call: Call) -> dict[str, Any]:
    """Make the case's title record ready for issuance at the office that began the case."""
    case = case_of(call)
    record = call.session.get_one(TitleRecord, case.title_record_id)
    office = call.variables["path"][OFFICE]
    issuance = open_issuance(
        call.session,
        record,
        profile=case.profile or "",
        source=SOURCE_IMPORT,
        reason=FIRST,
        office=office,
        case_no=case.case_no,
        applied_on=None,
        doer=doer_of(call),
        now=call.now,
    )
    high = band_of(record.level) == HIGH
    return {"issuance": {"id": issuance.id, "office": office, "reason": FIRST, "high": high}}


@fact("opening")
def opening(call: Call) -> dict[str, Any] | None:
    """What the start rules of an issuance look at: whose record it is, and what there is already.

    An office may also put the records of the offices below it on its list.
    """
    record = record_of(call)
    if record is None:
        return None
    office = (call.variables.get("path") or {}).get(OFFICE) or ""
    own = {office, *descendants(call.session, office)} if office else set()
    return {
        "own_office": record.approval_body_code in own,
        "title_status": record.status,
        "open_issuance": open_of(call.session, record.id) is not None,
        "valid_certificate": valid_certificate(call.session, record.id) is not None,
    }
