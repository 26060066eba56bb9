"""The row of an issued electronic certificate.

What is printed on it is sealed; its state is always read live and never from the file.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.db.keys import Sealed
from app.domain.titles.tables import ID

ONLY_VALID = text("status = 'VALID'")


class CertificateStatus(StrEnum):
    """State of a certificate (code list `certificate_status`)."""

    VALID = "VALID"
    VOID = "VOID"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"


class Certificate(Base):
    """An issued certificate; a title has at most one valid one."""

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("title_record_id", "version"),
        Index(
            "uq_certificate_valid",
            "title_record_id",
            unique=True,
            sqlite_where=ONLY_VALID,
            postgresql_where=ONLY_VALID,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    title_record_id: Mapped[str] = mapped_column(ForeignKey("title_record.id"))
    issuance_id: Mapped[str | None] = mapped_column(ID, unique=True)
    cert_no: Mapped[str] = mapped_column(unique=True)
    mgmt_no: Mapped[str] = mapped_column(index=True)
    licence_id: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]
    template: Mapped[str]
    seal: Mapped[str]
    statement: Mapped[str]
    storage_key: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    qr_token: Mapped[str] = mapped_column(unique=True)
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default=CertificateStatus.VALID)
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None]
    void_reason: Mapped[str | None]
    void_remark: Mapped[str | None]
    superseded_by: Mapped[str | None] = mapped_column(ID)
    printed_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    printed = Sealed("printed_enc")
