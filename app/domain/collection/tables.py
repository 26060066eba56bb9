"""Collection items and the append-only log of everything that happened to them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.append_only import append_only
from app.db.base import Base, new_id
from app.db.keys import Sealed
from app.domain.titles.tables import ID


class CollectionState(StrEnum):
    """State of a collection item (code list `collection_state`)."""

    OPEN = "OPEN"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    ACCEPTED = "ACCEPTED"
    ONLINE = "ONLINE"


class CollectionItem(Base):
    """What an office must hand in about one approval; the receiver is fixed when it is opened."""

    __tablename__ = "collection_item"
    __table_args__ = (
        Index("ix_collection_item_office", "office", "state"),
        Index("ix_collection_item_receiver", "receiver", "state"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    title_record_id: Mapped[str] = mapped_column(ForeignKey("title_record.id"), index=True)
    case_no: Mapped[str] = mapped_column(unique=True)
    office: Mapped[str]
    receiver: Mapped[str]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    deadline_id: Mapped[str] = mapped_column(ForeignKey("deadline.id"), index=True)
    late: Mapped[bool] = mapped_column(default=False)
    late_reason_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    confirm_notice_no: Mapped[str | None]
    confirm_notice_on: Mapped[date | None]
    submitted_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    online_at: Mapped[datetime | None]
    late_reason = Sealed("late_reason_enc")


@append_only
class CollectionEvent(Base):
    """One step of a collection item; reasons are sealed."""

    __tablename__ = "collection_event"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("collection_item.id"), index=True)
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
