"""The approval document of a title: where its record lies, and entering it from an archive."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.domain.organisations import acting_role, find_organisation
from app.domain.titles.records import Change, correct, has_approval
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Call, fact, operation
from app.operations.call import case_of, doer_of
from app.operations.wording import say

MISSING, ELSEWHERE, HERE = "MISSING", "ELSEWHERE", "HERE"


def _record(call: Call) -> TitleRecord | None:
    case = call.case
    return call.session.get(TitleRecord, case.title_record_id or "") if case is not None else None


@fact("approval")
def approval(call: Call) -> dict[str, Any] | None:
    """Where the approval document of the case's title lies, seen from the deciding office.

    `place` is MISSING (no record of it), ELSEWHERE (`role` at `office` can compare it) or HERE.
    """
    record = _record(call)
    if record is None:
        return None
    office = record.approval_body_code
    body = find_organisation(call.session, office) if office else None
    role = acting_role(body) if body is not None else None
    deciding = (call.variables.get("authority") or {}).get("office")
    if not has_approval(record):
        place = MISSING
    else:
        place = ELSEWHERE if role is not None and office != deciding else HERE
    return {"place": place, "office": office, "role": role}


@operation("title.enter_approval")
def enter_approval(call: Call, *, searched_by: str) -> None:
    """Enter the approval document that the office found in its archive.

    `searched_by` names the user task whose submission holds `approval_doc_no` and `approved_on`.
    """
    case, found, doer = case_of(call), call.submission_of(searched_by), doer_of(call)
    record = call.session.get_one(TitleRecord, case.title_record_id)
    values: dict[str, object] = {
        "approval_doc_no": found["approval_doc_no"],
        "approved_on": date.fromisoformat(str(found["approved_on"])),
        "approval_body_code": (call.variables.get("authority") or {}).get("office"),
    }
    change = Change(doer.account, call.now, case.case_no, say("from_archive"))
    correct(call.session, record, values, change)
