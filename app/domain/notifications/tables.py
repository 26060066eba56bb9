"""The row of a notice: to whom, by which channel, what it said, and whether it arrived."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id


class Channel(StrEnum):
    """How a notice reaches people."""

    INBOX = "INBOX"
    SMS = "SMS"


class NoticeState(StrEnum):
    """Where a notice is on its way; an inbox notice arrives with its row."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


class AddresseeKind(StrEnum):
    """What an address names: an account, a person, or a group `ROLE@ORG`."""

    ACCOUNT = "ACCOUNT"
    PERSON = "PERSON"
    GROUP = "GROUP"


class Notification(Base):
    """One notice on one channel; the text is kept as it was sent."""

    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification_addressee", "to_code", "to_kind", "channel", "state"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    to_kind: Mapped[str]
    to_code: Mapped[str]
    channel: Mapped[str]
    template: Mapped[str]
    case_no: Mapped[str | None] = mapped_column(index=True)
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    error: Mapped[str | None]
