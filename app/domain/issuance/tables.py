"""Issuance rows and the append-only log of everything that happened to them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.append_only import append_only
from app.db.base import Base, new_id
from app.db.keys import Sealed
from app.domain.titles.tables import ID

NOT_ISSUED = text("state <> 'ISSUED'")


class IssuanceState(StrEnum):
    """State of an issuance (code list `issuance_state`)."""

    READY = "READY"
    PENDING = "PENDING"
    REFUSED = "REFUSED"
    PASSED = "PASSED"
    PUSHING = "PUSHING"
    GENERATING = "GENERATING"
    ISSUED = "ISSUED"
    FAILED = "FAILED"


class Issuance(Base):
    """The making of one certificate; a title has at most one that is not issued yet."""

    __tablename__ = "issuance"
    __table_args__ = (
        Index(
            "uq_issuance_open",
            "title_record_id",
            unique=True,
            sqlite_where=NOT_ISSUED,
            postgresql_where=NOT_ISSUED,
        ),
        Index("ix_issuance_office", "office", "state"),
        Index("ix_issuance_review", "review_org", "state"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    title_record_id: Mapped[str] = mapped_column(ForeignKey("title_record.id"), index=True)
    case_no: Mapped[str | None] = mapped_column(index=True)
    profile: Mapped[str]
    source: Mapped[str] = mapped_column(String(1))
    reason: Mapped[str]
    office: Mapped[str]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    applied_on: Mapped[date | None]
    batch: Mapped[str | None] = mapped_column(index=True)
    applied_by: Mapped[str | None] = mapped_column(ID)
    applied_at: Mapped[datetime | None]
    review_org: Mapped[str | None]
    confirm_notice_no: Mapped[str | None]
    confirm_notice_on: Mapped[date | None]
    reviewer: Mapped[str | None] = mapped_column(ID)
    reviewed_at: Mapped[datetime | None]
    granted_on: Mapped[date | None]
    granted_by: Mapped[str | None]
    outcome: Mapped[str | None]
    remark: Mapped[str | None]
    released_by: Mapped[str | None] = mapped_column(ID)
    released_at: Mapped[datetime | None]
    release_way: Mapped[str | None]
    cert_no: Mapped[str | None] = mapped_column(unique=True)
    licence_id: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int | None]
    qr_token: Mapped[str | None] = mapped_column(unique=True)
    numbered_at: Mapped[datetime | None]
    pushed_at: Mapped[datetime | None]
    storage_key: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None]
    photo_key: Mapped[str | None] = mapped_column(String(64))
    metadata_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    licence_metadata = Sealed("metadata_enc")
    generated_at: Mapped[datetime | None]
    error: Mapped[str | None]
    online_at: Mapped[datetime | None]


@append_only
class IssuanceEvent(Base):
    """One transition of an issuance; details such as a reviewer's remark are sealed."""

    __tablename__ = "issuance_event"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    issuance_id: Mapped[str] = mapped_column(ForeignKey("issuance.id"), index=True)
    seq: Mapped[int]
    verb: Mapped[str]
    state_from: Mapped[str | None]
    state_to: Mapped[str]
    by_account: Mapped[str]
    by_name: Mapped[str]
    organisation: Mapped[str | None]
    at: Mapped[datetime]
    detail_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    detail = Sealed("detail_enc")
