"""The office's part of an issuance: opening, applying, reviewing, releasing.

Readiness and the choice of the reviewing office are decisions over `facts`; these functions only
know which state may follow which, and that nobody reviews his own application.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.issuance.log import Doer, move, require
from app.domain.issuance.tables import Issuance, IssuanceState
from app.domain.titles.tables import TitleRecord, TitleStatus
from app.errors import DomainError

READY, PENDING = IssuanceState.READY, IssuanceState.PENDING
REFUSED, PASSED = IssuanceState.REFUSED, IssuanceState.PASSED


@dataclass(frozen=True)
class Review:
    """What a reviewer filled in: when and by whom the title was granted, and his remark."""

    granted_on: date
    granted_by: str
    remark: str = ""


@dataclass(frozen=True)
class ConfirmationNotice:
    """The region office's confirmation of a high-level result."""

    number: str
    issued_on: date


def open_issuance(
    session: Session,
    record: TitleRecord,
    *,
    profile: str,
    source: str,
    reason: str,
    office: str,
    case_no: str | None,
    applied_on: date | None,
    doer: Doer,
    now: datetime,
) -> Issuance:
    """Make the record ready for issuance; one that is under way already is refused."""
    if open_of(session, record.id) is not None:
        raise DomainError("issuance.already_open", record=record.mgmt_no)
    issuance = Issuance(
        id=new_id(),
        title_record_id=record.id,
        case_no=case_no,
        profile=profile,
        source=source,
        reason=reason,
        office=office,
        state=READY,
        opened_at=now,
        applied_on=applied_on,
    )
    session.add(issuance)
    move(session, issuance, "open", allowed=[READY], to=READY, doer=doer, now=now)
    return issuance


def open_of(session: Session, title_record_id: str) -> Issuance | None:
    """Return the issuance of a title that is not issued yet."""
    query = select(Issuance).where(
        Issuance.title_record_id == title_record_id, Issuance.state != IssuanceState.ISSUED
    )
    return session.scalars(query).one_or_none()


def apply(
    session: Session,
    issuance: Issuance,
    *,
    review_org: str,
    doer: Doer,
    now: datetime,
    batch: str | None = None,
    notice: ConfirmationNotice | None = None,
) -> None:
    """Apply for issuance at the chosen reviewing office; earlier reviews stay in the history."""
    require(issuance, "apply", (READY, REFUSED))
    _title_must_stand(session, issuance)
    detail = {"review_org": review_org, "batch": batch}
    move(
        session,
        issuance,
        "apply",
        allowed=(READY, REFUSED),
        to=PENDING,
        doer=doer,
        now=now,
        detail=detail,
    )
    issuance.review_org, issuance.batch = review_org, batch
    issuance.applied_by, issuance.applied_at = doer.account, now
    if notice is not None:
        issuance.confirm_notice_no, issuance.confirm_notice_on = notice.number, notice.issued_on
    _forget_review(issuance)


def withdraw(session: Session, issuance: Issuance, *, doer: Doer, now: datetime) -> None:
    """Take an application back while nobody has reviewed it."""
    move(session, issuance, "withdraw", allowed=[PENDING], to=READY, doer=doer, now=now)


def refuse(
    session: Session, issuance: Issuance, review: Review, *, doer: Doer, now: datetime
) -> None:
    """Refuse an application; the remark tells the office what to repair."""
    if not review.remark.strip():
        raise DomainError("issuance.refusal_needs_remark")
    _review(session, issuance, "refuse", REFUSED, review, doer, now)


def pass_(
    session: Session, issuance: Issuance, review: Review, *, doer: Doer, now: datetime
) -> None:
    """Pass an application; it then waits for its release."""
    _review(session, issuance, "pass", PASSED, review, doer, now)


def release(session: Session, issuance: Issuance, *, way: str, doer: Doer, now: datetime) -> None:
    """Release a passed record for the push; `way` says why this person could do it."""
    if issuance.released_at is not None:
        raise DomainError("issuance.already_released", issuance=issuance.id)
    move(
        session,
        issuance,
        "release",
        allowed=[PASSED],
        to=PASSED,
        doer=doer,
        now=now,
        detail={"way": way},
    )
    issuance.released_by, issuance.released_at, issuance.release_way = doer.account, now, way


def hand_back(
    session: Session, issuance: Issuance, *, remark: str, doer: Doer, now: datetime
) -> None:
    """Give a passed record back to its reviewer instead of releasing it."""
    if not remark.strip():
        raise DomainError("issuance.refusal_needs_remark")
    if issuance.released_at is not None:
        raise DomainError("issuance.already_released", issuance=issuance.id)
    detail = {"remark": remark.strip()}
    move(
        session,
        issuance,
        "hand_back",
        allowed=[PASSED],
        to=PENDING,
        doer=doer,
        now=now,
        detail=detail,
    )
    _forget_review(issuance)
    issuance.remark = remark.strip()


def _review(
    session: Session,
    issuance: Issuance,
    verb: str,
    to: IssuanceState,
    review: Review,
    doer: Doer,
    now: datetime,
) -> None:
    require(issuance, verb, [PENDING])
    if doer.account == issuance.applied_by:
        raise DomainError("issuance.same_person", issuance=issuance.id)
    detail = {
        "outcome": verb,
        "granted_on": review.granted_on.isoformat(),
        "granted_by": review.granted_by,
        "remark": review.remark.strip(),
    }
    move(session, issuance, verb, allowed=[PENDING], to=to, doer=doer, now=now, detail=detail)
    issuance.reviewer, issuance.reviewed_at = doer.account, now
    issuance.granted_on, issuance.granted_by = review.granted_on, review.granted_by
    issuance.outcome, issuance.remark = verb, review.remark.strip() or None


def _forget_review(issuance: Issuance) -> None:
    issuance.reviewer = issuance.reviewed_at = issuance.granted_on = issuance.granted_by = None
    issuance.outcome = issuance.remark = None
    issuance.released_by = issuance.released_at = issuance.release_way = None


def _title_must_stand(session: Session, issuance: Issuance) -> None:
    record = session.get_one(TitleRecord, issuance.title_record_id)
    if record.status != TitleStatus.VALID:
        raise DomainError("issuance.title_not_valid", record=record.mgmt_no)
