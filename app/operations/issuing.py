"""Issuance and certificate: the office's steps, numbering, rendering in the background, online."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.clock import local_date
from app.domain.accounts import holders_of
from app.domain.certificates.register import Layout, Printed
from app.domain.codes import label, level_label
from app.domain.collection import go_online, is_collected, item_of
from app.domain.issuance import making, review
from app.domain.issuance.facts import issuance_facts
from app.domain.issuance.tables import Issuance
from app.domain.organisations import numbering_region
from app.domain.people import person
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Background, Call, fact, operation
from app.errors import DomainError
from app.operations.authority import reviewing_offices
from app.operations.call import doer_of
from app.operations.records import CORRECTING, approving_body, issuance_of

CERTIFIER = "R-CERT"
HIGH = "高级"


def _issuance(call: Call) -> Issuance:
    found = issuance_of(call)
    if found is None:
        raise DomainError("issuance.not_named")
    return found


def _record(call: Call, issuance: Issuance) -> TitleRecord:
    return call.session.get_one(TitleRecord, issuance.title_record_id)


@operation("issuance.apply")
def apply(call: Call, *, review_office: str) -> None:
    """Apply for issuance at the chosen reviewing office."""
    handed_in = call.submission_of("apply_issuance")
    notice = None
    if handed_in.get("confirm_notice_no"):
        notice = review.ConfirmationNotice(
            handed_in["confirm_notice_no"], date.fromisoformat(handed_in["confirm_notice_on"])
        )
    review.apply(
        call.session,
        _issuance(call),
        review_org=review_office,
        doer=doer_of(call),
        now=call.now,
        batch=handed_in.get("batch") or None,
        notice=notice,
    )


@operation("issuance.withdraw")
def withdraw(call: Call) -> None:
    """Take an application back that nobody has reviewed yet."""
    review.withdraw(call.session, _issuance(call), doer=doer_of(call), now=call.now)


def _review(call: Call) -> review.Review:
    handed_in = call.submission_of("review_issuance")
    return review.Review(
        date.fromisoformat(handed_in["granted_on"]),
        handed_in["granted_by"],
        handed_in.get("remark") or "",
    )


@operation("issuance.refuse")
def refuse(call: Call) -> None:
    """Record that the reviewer did not pass the application."""
    review.refuse(call.session, _issuance(call), _review(call), doer=doer_of(call), now=call.now)


@operation("issuance.pass")
def pass_(call: Call) -> None:
    """Record that the reviewer passed the application."""
    review.pass_(call.session, _issuance(call), _review(call), doer=doer_of(call), now=call.now)


@operation("issuance.release")
def release(call: Call, *, way: str) -> None:
    """Release a passed record for the push to the licence library; `way` says on which ground."""
    review.release(call.session, _issuance(call), way=way, doer=doer_of(call), now=call.now)


@operation("issuance.hand_back")
def hand_back(call: Call) -> None:
    """Give a passed record back to its reviewer with the releasing officer's remark."""
    remark = call.submission_of("release_issuance").get("remark") or ""
    review.hand_back(call.session, _issuance(call), remark=remark, doer=doer_of(call), now=call.now)


@operation("issuance.number")
def number(call: Call) -> dict[str, Any]:
    """Give the certificate its number, licence identifier and QR token."""
    issuance = _issuance(call)
    region = numbering_region(call.session, issuance.office)
    reserved = making.number(
        call.session, issuance, region=region, doer=doer_of(call), now=call.now
    )
    return {"version": reserved.version}


@operation("certificate.render")
def render(call: Call, *, template: str, seal: str, statement: str) -> Background:
    """Have the certificate rendered and signed; the process goes on when the file is there."""
    return Background(
        "certificate.render",
        {
            "issuance_id": _issuance(call).id,
            "template": template,
            "seal": seal,
            "statement": statement,
            "issued_on": local_date(call.now).isoformat(),
        },
    )


@operation("licence.push")
def push(call: Call) -> Background:
    """Push metadata, photo and file digest to the licence library; a repeated push is harmless.

    When the library cannot be reached with the last attempt, or does not take the data, the error
    `LICENCE_FAILED` is thrown with its `reason`.
    """
    return Background("licence.push", {"issuance_id": _issuance(call).id})


@operation("licence.fetch")
def fetch(call: Call) -> Background:
    """Ask the licence library until it has generated; `LICENCE_FAILED` when generation failed."""
    return Background("licence.fetch", {"issuance_id": _issuance(call).id})


@operation("issuance.fail")
def fail(call: Call, *, reason: str) -> None:
    """Record that pushing or generating failed, and why."""
    making.fail(call.session, _issuance(call), error=reason, doer=doer_of(call), now=call.now)


@operation("issuance.retry")
def retry(call: Call) -> None:
    """Have a failed record pushed again; number, identifier and file stay."""
    making.retry(call.session, _issuance(call), doer=doer_of(call), now=call.now)


@operation("issuance.take_back")
def take_back(call: Call) -> None:
    """Take a failed record back to where it can be applied for; number and identifier stay."""
    making.take_back(call.session, _issuance(call), doer=doer_of(call), now=call.now)


@operation("issuance.issue")
def issue(call: Call, *, template: str, seal: str, statement: str) -> dict[str, Any]:
    """Put the certificate online; an older valid one of the title is superseded."""
    issuance = _issuance(call)
    certificate = making.issue(
        call.session,
        issuance,
        layout=Layout(template, seal, statement),
        printed=printed(call, issuance),
        doer=doer_of(call),
        now=call.now,
    )
    item = item_of(call.session, issuance.case_no) if issuance.case_no else None
    if item is not None:
        go_online(call.session, item, doer=doer_of(call), now=call.now)
    return {"certificate": {"id": certificate.id, "template": template}}


def printed(call: Call, issuance: Issuance) -> Printed:
    """Return everything that the certificate says about its holder and the title."""
    record = _record(call, issuance)
    holder = person(call.session, record.person_code)
    return Printed(
        name=holder.name,
        gender=label("genders", holder.gender),
        id_number=holder.id_number,
        series=label("title_series", record.series),
        title=record.title,
        level=level_label(record.level),
        specialty=record.specialty or "",
        method=label("acquisition_methods", record.method or ""),
        acquired_on=str(record.acquired_on or ""),
        approved_on=str(record.approved_on or ""),
        committee=record.committee or "",
        approving_body=approving_body(call, record),
        approval_doc_no=record.approval_doc_no or "",
        original_cert_no=record.paper_cert_no or "",
    )


@fact("readiness")
def readiness(call: Call) -> dict[str, Any] | None:
    """What the issuance conditions (D07) look at."""
    issuance = issuance_of(call)
    if issuance is None:
        return None
    found = issuance_facts(call.session, issuance.id)
    submission, actor = call.submission or {}, call.actor
    return {
        **found,
        "missing": found["missing_names"],
        "photo": found["photo_accepted"],
        "re_issue": issuance.reason in CORRECTING,
        "officer_certified": actor is not None and actor.holds(CERTIFIER, issuance.office),
        "office_has_certifier": bool(
            holders_of(call.session, CERTIFIER, issuance.office, on=local_date(call.now))
        ),
        "collected": is_collected(call.session, issuance.case_no),
        "high": found["band"] == HIGH,
        "notice": bool(submission.get("confirm_notice_no")),
        "review_office_allowed": submission.get("review_office") in reviewing_offices(call),
    }
