"""The row of an attachment, and of a file on its way that becomes one.

The bytes of an attachment lie in storage under their SHA-256, those of a file on its way in rows.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UTCDateTime, new_id


class Attachment(Base):
    """One uploaded file of one owner; a replaced one keeps its row."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_owner", "owner_type", "owner_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    owner_type: Mapped[str]
    owner_id: Mapped[str]
    material: Mapped[str | None]
    component_key: Mapped[str]
    file_name: Mapped[str] = mapped_column(String(255))
    storage_key: Mapped[str] = mapped_column(String(200), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    mime: Mapped[str]
    uploaded_by: Mapped[str] = mapped_column(String(32))
    uploaded_at: Mapped[datetime]
    original_seen_by: Mapped[str | None] = mapped_column(String(32))
    original_seen_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Upload(Base):
    """A file on its way, piece by piece; swept a day after the last sign of life."""

    __tablename__ = "upload"
    __table_args__ = (Index("ix_upload_owner", "uploaded_by", "owner_type", "owner_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    owner_type: Mapped[str]
    owner_id: Mapped[str]
    field: Mapped[str]
    file_name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(BigInteger)
    stamp: Mapped[str] = mapped_column(String(40))
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    uploaded_by: Mapped[str] = mapped_column(String(32))
    # System time: sweeping looks at nothing else.
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    attachment_id: Mapped[str | None] = mapped_column(String(32))
    remarks: Mapped[list[str]] = mapped_column(JSON, default=list)
    refused: Mapped[str | None]


class UploadPiece(Base):
    """A piece of a file on its way; a row, so that nothing is left behind anywhere else."""

    __tablename__ = "upload_piece"

    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
