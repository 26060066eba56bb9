"""The reviews of a case, written once and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.cases.tables import CaseReview, CaseRow


@dataclass(frozen=True)
class Reviewed:
    """One completed review task; `sealed_with` is the organisation whose seal was applied."""

    element: str
    step: str
    organisation: str | None
    signer: str
    signer_name: str
    outcome: str
    opinion: str
    sealed_with: str | None = None
    legal_basis: str | None = None


def add_review(session: Session, case: CaseRow, what: Reviewed, *, now: datetime) -> CaseReview:
    """Add a review to the case's history."""
    review = CaseReview(
        id=new_id(),
        case_id=case.id,
        element=what.element,
        step=what.step,
        organisation=what.organisation,
        signer=what.signer,
        signer_name=what.signer_name,
        outcome=what.outcome,
        sealed_with=what.sealed_with,
        reviewed_at=now,
        legal_basis=what.legal_basis,
    )
    review.opinion = what.opinion
    # The review refers to the case, whose row may not have been written yet.
    session.flush()
    session.add(review)
    return review


def reviews_of(session: Session, case_id: str) -> Sequence[CaseReview]:
    """Return the reviews of a case, the first one first."""
    query = select(CaseReview).where(CaseReview.case_id == case_id)
    return session.scalars(query.order_by(CaseReview.reviewed_at, CaseReview.id)).all()
