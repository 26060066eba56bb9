"""Facts about the title record of a case or an issuance, for forms and review rules."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.clock import local_date
from app.domain.certificates.register import valid_certificate
from app.domain.codes import band_of, label, level_label
from app.domain.issuance.tables import Issuance
from app.domain.organisations import name_of
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Call, fact
from app.operations.loss import chosen_record

FIRST = "FIRST"
CORRECTING = frozenset({"LOST", "DAMAGED", "CORRECTED", "EXCHANGE"})


def issuance_of(call: Call) -> Issuance | None:
    """Return the issuance that the process variables name."""
    variable = call.variables.get("issuance") or {}
    return call.session.get(Issuance, variable.get("id")) if variable.get("id") else None


def record_of(call: Call) -> TitleRecord | None:
    """Return the title record of the issuance, of the case, or of the start form."""
    issuance = issuance_of(call)
    if issuance is not None:
        return call.session.get(TitleRecord, issuance.title_record_id)
    if call.case is not None and call.case.title_record_id is not None:
        return call.session.get(TitleRecord, call.case.title_record_id)
    return chosen_record(call)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def approving_body(call: Call, record: TitleRecord) -> str:
    """Name the body that approved a title."""
    return record.approval_body_name or name_of(call.session, record.approval_body_code or "")


@fact("title_record")
def title_record(call: Call) -> dict[str, Any] | None:
    """The title record in words and dates."""
    record = record_of(call)
    if record is None:
        return None
    return {
        "title": record.title,
        "series_name": label("title_series", record.series),
        "level_name": level_label(record.level),
        "specialty": record.specialty,
        "acquired_on": _text(record.acquired_on),
        "approved_on": _text(record.approved_on),
        "approval_doc_no": record.approval_doc_no,
        "approval_body_name": approving_body(call, record),
        "committee": record.committee,
        "paper_cert_no": record.paper_cert_no,
        "paper_status": record.paper_status,
        "has_certificate": valid_certificate(call.session, record.id) is not None,
    }


@fact("scope")
def scope(call: Call) -> dict[str, Any] | None:
    """What the carrier table (D01) looks at: method, reason, level and the dates that count."""
    record = record_of(call)
    if record is None:
        return None
    issuance = issuance_of(call)
    reason = issuance.reason if issuance is not None else _reason_of(call)
    case = call.variables.get("case") or {}
    applied = issuance.applied_on if issuance is not None else call.rule_date
    return {
        "profile": issuance.profile if issuance is not None else case.get("profile"),
        "method": record.method,
        "reason": reason,
        "level": record.level,
        "band": band_of(record.level),
        "approved_on": _text(record.approved_on),
        "applied_on": _text(applied or call.rule_date),
    }


def _reason_of(call: Call) -> str:
    business = (call.variables.get("case") or {}).get("business")
    return {"YS": "LOST", "HF": "EXCHANGE", "GZ": "CORRECTED"}.get(str(business), FIRST)


@fact("template_date")
def template_date(call: Call) -> str | None:
    """The day whose template applies: that of the re-issue, else of the approval."""
    issuance, record = issuance_of(call), record_of(call)
    if issuance is None or record is None:
        return None
    if issuance.reason in CORRECTING:
        return _text(local_date(call.now))
    return _text(record.approved_on)
