"""Approval documents: their numbers in one spelling, and the search for them.

The pattern a number must have is a row of the import and approval decisions, not of this module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.titles.tables import ApprovalDocument, DocumentKind
from app.errors import DomainError

YEAR_IN_BRACKETS = re.compile(r"[〔\[［(（【]\s*(\d{4})\s*[〕\]］)）】]")
SPACES = re.compile(r"\s+")


def normalise_number(number: str) -> str:
    """Return the document number with 〔〕 around its year and without spaces."""
    return YEAR_IN_BRACKETS.sub(r"〔\1〕", SPACES.sub("", number))


def find_document(session: Session, *, issuer: str, number: str) -> ApprovalDocument | None:
    """Return the document of an issuer, whichever brackets the number was typed with."""
    query = select(ApprovalDocument).where(
        ApprovalDocument.issuer_code == issuer,
        ApprovalDocument.number == normalise_number(number),
    )
    return session.scalars(query).one_or_none()


def record_document(
    session: Session,
    *,
    number: str,
    issuer: str,
    issued_on: date,
    kind: DocumentKind = DocumentKind.APPROVAL,
    issuer_name: str | None = None,
    storage_key: str | None = None,
    sha256: str | None = None,
) -> ApprovalDocument:
    """Add a document, or return the recorded one; one number never carries two dates or kinds."""
    known = find_document(session, issuer=issuer, number=number)
    if known is None:
        known = ApprovalDocument(
            number=normalise_number(number),
            issuer_code=issuer,
            issuer_name=issuer_name,
            issued_on=issued_on,
            kind=kind,
            storage_key=storage_key,
            sha256=sha256,
        )
        session.add(known)
        return known
    if (known.issued_on, known.kind) != (issued_on, kind):
        raise DomainError("title.document_differs", number=known.number)
    return known


def search_documents(session: Session, text: str, *, limit: int) -> Sequence[ApprovalDocument]:
    """Return documents whose number contains the text, the newest first."""
    query = select(ApprovalDocument).where(
        ApprovalDocument.number.contains(normalise_number(text), autoescape=True)
    )
    return session.scalars(
        query.order_by(ApprovalDocument.issued_on.desc(), ApprovalDocument.number).limit(limit)
    ).all()
