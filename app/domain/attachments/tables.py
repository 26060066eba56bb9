"""The row of an attachment; its bytes lie in storage under their SHA-256."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id


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
