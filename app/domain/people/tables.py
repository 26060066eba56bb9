"""Rows of persons and their two-inch photos.

Identity number, birth date, mobile and mail are encrypted; the hashes beside them only serve
look-up. The name is plain, because publicity shows it in full.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UTCDateTime, new_id
from app.db.keys import Sealed


class Person(Base):
    """A natural person, unique by the hash of the 18-character identity number."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60), index=True)
    gender: Mapped[str] = mapped_column(String(1))
    id_number_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_hash: Mapped[str] = mapped_column(String(64), unique=True)
    id15_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    birth_date_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    email_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    unit_code: Mapped[str | None] = mapped_column(String(40), index=True)
    relation_since: Mapped[date | None] = mapped_column(Date)
    insurance_since: Mapped[date | None] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(12))
    education: Mapped[str | None] = mapped_column(String(4))
    consent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    id_number = Sealed("id_number_enc")
    id15 = Sealed("id15_enc")
    birth_date_text = Sealed("birth_date_enc")
    mobile = Sealed("mobile_enc")
    email = Sealed("email_enc")

    @property
    def birth_date(self) -> date:
        """The birth date of the register; it can be corrected, the identity number cannot."""
        text: str = self.birth_date_text
        return date.fromisoformat(text)


class Photo(Base):
    """A two-inch photo of a person; the newest is the current one."""

    __tablename__ = "photo"
    __table_args__ = (Index("ix_photo_person", "person_code", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    person_code: Mapped[str] = mapped_column(ForeignKey("person.code"))
    storage_key: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    checks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    source: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
