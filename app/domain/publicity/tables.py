"""Rows of publicity and of the objections received during it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import local_date
from app.db.base import Base, new_id
from app.db.keys import Sealed

ID = String(32)


class PublicityKind(StrEnum):
    """What is publicised (code list `publicity_kind`)."""

    LOST = "LOST"
    UNIT = "UNIT"
    RESULT = "RESULT"


class Place(StrEnum):
    """Where it is shown: to everybody, or in the unit."""

    PLATFORM = "PLATFORM"
    UNIT = "UNIT"


class PublicityState(StrEnum):
    """State of a publicity (code list `publicity_state`); NONE is the absence of a row."""

    NONE = "NONE"
    RUNNING = "RUNNING"
    PENDING_OBJECTION = "PENDING_OBJECTION"
    CLEAR = "CLEAR"
    CLEAR_AFTER_OBJECTION = "CLEAR_AFTER_OBJECTION"
    UPHELD = "UPHELD"
    STOPPED = "STOPPED"


class Finding(StrEnum):
    """What came of an objection (code list `objection_finding`)."""

    UNFOUNDED = "UNFOUNDED"
    CORRECTABLE = "CORRECTABLE"
    FALSIFIED = "FALSIFIED"
    INELIGIBLE = "INELIGIBLE"
    NOT_ACCEPTED = "NOT_ACCEPTED"


class Publicity(Base):
    """One publicity of one case; the content is exactly what people were shown."""

    __tablename__ = "publicity"
    __table_args__ = (
        Index("ix_publicity_case", "case_no", "kind"),
        Index("ix_publicity_running", "state", "place", "end_exclusive"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    case_no: Mapped[str]
    kind: Mapped[str]
    place: Mapped[str]
    unit_code: Mapped[str | None] = mapped_column(index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_on: Mapped[date]
    days: Mapped[int]
    end_exclusive: Mapped[datetime]
    deadline_id: Mapped[str | None] = mapped_column(ID, index=True)
    state: Mapped[str]
    receiver_code: Mapped[str]
    host_code: Mapped[str]
    ended_at: Mapped[datetime | None]

    @property
    def last_day(self) -> date:
        """Return the last day on which it is shown."""
        return local_date(self.end_exclusive - timedelta(microseconds=1))


class Objection(Base):
    """An objection; who raised it and what he wrote are sealed."""

    __tablename__ = "objection"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    receipt_no: Mapped[str] = mapped_column(unique=True)
    publicity_id: Mapped[str] = mapped_column(ForeignKey("publicity.id"), index=True)
    anonymous: Mapped[bool]
    objector_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    facts_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    suspected_at: Mapped[datetime | None]
    finding: Mapped[str | None]
    reason_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[str | None] = mapped_column(ID)
    decided_by_name: Mapped[str | None]
    decided_org: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    objector = Sealed("objector_enc")
    facts = Sealed("facts_enc")
    reason = Sealed("reason_enc")
