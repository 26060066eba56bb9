"""Approval documents are one row each, whichever brackets their number is typed with."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.domain.titles.documents import (
    find_document,
    normalise_number,
    record_document,
    search_documents,
)
from app.domain.titles.tables import DocumentKind
from app.errors import DomainError

DAY = date(2020, 2, 18)


@pytest.mark.parametrize(
    "typed",
    [
        "南职办〔2020〕10号",
        "南职办[2020]10号",
        "南职办［2020］10号",
        "南职办(2020)10号",
        "南职办（ 2020 ）10 号",
    ],
)
def test_brackets_around_the_year_are_normalised(typed: str) -> None:
    assert normalise_number(typed) == "南职办〔2020〕10号"


def test_other_brackets_stay() -> None:
    assert normalise_number("湘人社职（测试）(2020)9号") == "湘人社职（测试）〔2020〕9号"


def test_same_number_is_one_document_per_issuer(session: Session) -> None:
    first = record_document(session, number="甲[2020]1号", issuer="ZGB-450100", issued_on=DAY)
    again = record_document(session, number="甲〔2020〕1号", issuer="ZGB-450100", issued_on=DAY)
    other = record_document(session, number="甲〔2020〕1号", issuer="ZGB-450200", issued_on=DAY)

    assert first is again
    assert other is not first
    assert find_document(session, issuer="ZGB-450100", number="甲(2020)1号") is first
    assert search_documents(session, "[2020]1", limit=10) == [first, other]


def test_number_with_another_date_or_kind_is_refused(session: Session) -> None:
    record_document(session, number="甲〔2020〕1号", issuer="ZGB-450100", issued_on=DAY)

    with pytest.raises(DomainError, match=r"title\.document_differs"):
        record_document(
            session, number="甲〔2020〕1号", issuer="ZGB-450100", issued_on=date(2020, 3, 1)
        )
    with pytest.raises(DomainError, match=r"title\.document_differs"):
        record_document(
            session,
            number="甲〔2020〕1号",
            issuer="ZGB-450100",
            issued_on=DAY,
            kind=DocumentKind.CONFIRMATION,
        )
