"""Rows of reports; who reported and what he wrote are sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.db.keys import Sealed

ID = String(32)


class Report(Base):
    """A report (举报) that waits for the integrity officer; a late objection is one."""

    __tablename__ = "report"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    receipt_no: Mapped[str] = mapped_column(unique=True)
    case_no: Mapped[str | None] = mapped_column(index=True)
    publicity_id: Mapped[str | None] = mapped_column(ID)
    receiver_code: Mapped[str | None] = mapped_column(index=True)
    anonymous: Mapped[bool]
    informant_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    facts_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    informant = Sealed("informant_enc")
    facts = Sealed("facts_enc")
