"""Re-issue after loss: which title the declaration is about, and what approval changes."""

from __future__ import annotations

from typing import Any

from app.domain.cases.facts import loss_facts
from app.domain.codes import band_of, label
from app.domain.issuance.review import open_issuance
from app.domain.titles.records import (
    Change,
    declare_paper_void,
    find_record,
    make_electronic,
    records_of,
)
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Call, fact, operation
from app.errors import DomainError
from app.operations.call import case_of, doer_of, person_of
from app.operations.photos import keep_photo
from app.operations.wording import say

SOURCE_CASE = "2"


def chosen_record(call: Call, corrected_by: str = "") -> TitleRecord | None:
    """Return the applicant's own record named in the start form or its correction, or None."""
    corrected = call.submission_of(corrected_by) if corrected_by else {}
    key = corrected.get("record_id") or call.started_with().get("record_id")
    case = call.case
    if case is None or not isinstance(key, str) or not key:
        return None
    try:
        record = find_record(call.session, key)
    except DomainError:
        return None
    return record if record.person_code == case.person_code else None


@operation("loss.declare")
def declare(call: Call, *, corrected_by: str = "") -> dict[str, Any]:
    """Bind the lost certificate's title record to the case.

    `corrected_by` names the user task in which the applicant may have chosen another one.
    """
    case = case_of(call)
    record = chosen_record(call, corrected_by)
    if record is None:
        raise DomainError("loss.record_not_own")
    case.title_record_id, case.series, case.level = record.id, record.series, record.level
    # The office that approved the title may be asked to compare its papers.
    case.path = {**case.path, "approved_by": record.approval_body_code}
    keep_photo(call)
    return {
        "title": {
            "id": record.id,
            "series": record.series,
            "level": record.level,
            "band": band_of(record.level),
            "method": record.method,
        }
    }


@operation("reissue.approve")
def approve(call: Call, *, reason: str) -> dict[str, Any]:
    """Declare the paper void, make the carrier electronic and ready the record for issuance."""
    case = case_of(call)
    record = call.session.get_one(TitleRecord, call.variables["title"]["id"])
    doer = doer_of(call)
    change = Change(doer.account, call.now, case.case_no, label("issue_reason", reason))
    declare_paper_void(
        call.session, record, reason=reason, remark=label("issue_reason", reason), change=change
    )
    make_electronic(call.session, record, issue_reason=reason, change=change)
    office = call.variables["authority"]["office"]
    case.approving_org, case.decided_on = office, call.rule_date
    issuance = open_issuance(
        call.session,
        record,
        profile=case.profile or "",
        source=SOURCE_CASE,
        reason=reason,
        office=office,
        case_no=case.case_no,
        applied_on=call.rule_date,
        doer=doer,
        now=call.now,
    )
    high = band_of(record.level) == "高级"
    return {"issuance": {"id": issuance.id, "office": office, "reason": reason, "high": high}}


@fact("loss")
def loss(call: Call) -> dict[str, Any]:
    """What the start rules for a loss look at: the chosen record and other open cases on it."""
    case = case_of(call)
    key = (call.submission or {}).get("record_id")
    return loss_facts(
        call.session, person_of(call), key if isinstance(key, str) else None, case_id=case.id
    )


@fact("own_records")
def own_records(call: Call) -> list[dict[str, str]]:
    """The applicant's title records as options of a form."""
    return [
        {"value": record.record_code or record.mgmt_no, "label": describe(record)}
        for record in records_of(call.session, person_of(call))
    ]


def describe(record: TitleRecord) -> str:
    """Name a record as people recognise it."""
    number = say("paper_number", number=record.paper_cert_no) if record.paper_cert_no else ""
    return say(
        "record",
        title=record.title,
        specialty=record.specialty or say("no_specialty"),
        acquired=record.acquired_on.isoformat() if record.acquired_on else say("no_date"),
        carrier=label("carrier", record.carrier),
        number=number,
    )
