"""The row of a notice: to whom, by which channel, what it said, whether it arrived, who read it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
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


class NoticeReading(Base):
    """That one account has read a notice; a group's notice stays unread for its other members."""

    __tablename__ = "notice_reading"

    notification_id: Mapped[str] = mapped_column(ForeignKey("notification.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    read_at: Mapped[datetime]
