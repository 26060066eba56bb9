"""Rows of the title register: records, their append-only history, approval documents.

Codes (person, organisation, case) are natural keys of other subjects, never foreign keys.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.append_only import append_only
from app.db.base import Base, new_id

ID = String(32)


class Carrier(StrEnum):
    """What the title is certified on (code list `carrier`)."""

    PAPER = "PAPER"
    ELECTRONIC = "ELECTRONIC"


class TitleStatus(StrEnum):
    """State of the title itself (code list `title_record_status`)."""

    VALID = "VALID"
    REVOKED = "REVOKED"
    CHECK = "CHECK"


class PaperStatus(StrEnum):
    """State of the paper certificate of a title (code list `paper_status`)."""

    VALID = "VALID"
    DECLARED_VOID = "DECLARED_VOID"
    EXCHANGED = "EXCHANGED"
    REVOKED = "REVOKED"


class DocumentKind(StrEnum):
    """An approval document, or the region office's confirmation notice."""

    APPROVAL = "APPROVAL"
    CONFIRMATION = "CONFIRMATION"


class TitleRecord(Base):
    """One title of one person, whatever it is certified on."""

    __tablename__ = "title_record"
    __table_args__ = (
        Index("ix_title_record_search", "series", "level", "title"),
        Index("ix_title_record_document", "approval_doc_no"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    record_code: Mapped[str | None] = mapped_column(unique=True)
    mgmt_no: Mapped[str] = mapped_column(unique=True)
    person_code: Mapped[str] = mapped_column(index=True)
    series: Mapped[str] = mapped_column(String(2))
    level: Mapped[str] = mapped_column(String(1))
    title: Mapped[str]
    specialty: Mapped[str | None]
    method: Mapped[str | None] = mapped_column(String(1))
    acquired_on: Mapped[date | None]
    approved_on: Mapped[date | None]
    approval_doc_no: Mapped[str | None]
    approval_body_code: Mapped[str | None] = mapped_column(index=True)
    approval_body_name: Mapped[str | None]
    committee: Mapped[str | None]
    carrier: Mapped[str]
    paper_cert_no: Mapped[str | None] = mapped_column(index=True)
    status: Mapped[str]
    paper_status: Mapped[str | None]
    paper_void_reason: Mapped[str | None]
    paper_void_remark: Mapped[str | None]
    paper_void_at: Mapped[datetime | None]
    issue_reason: Mapped[str | None]
    history_flag: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    original_record_id: Mapped[str | None] = mapped_column(ForeignKey("title_record.id"))


@append_only
class TitleChange(Base):
    """One changed field of a title record: who, when, in which case, from what to what."""

    __tablename__ = "title_change"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    title_record_id: Mapped[str] = mapped_column(ForeignKey("title_record.id"), index=True)
    field: Mapped[str]
    old: Mapped[str | None]
    new: Mapped[str | None]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
    case_no: Mapped[str | None] = mapped_column(index=True)
    remark: Mapped[str | None]


class ApprovalDocument(Base):
    """A document by which titles were approved; the number is unique per issuer."""

    __tablename__ = "approval_document"
    __table_args__ = (UniqueConstraint("issuer_code", "number"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(index=True)
    issuer_code: Mapped[str]
    issuer_name: Mapped[str | None]
    issued_on: Mapped[date]
    kind: Mapped[str]
    storage_key: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
