"""The tables of procedures that begin without a person: by a message, or by time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.db.lease import Leased
from app.engine.tables import ID, NOT_DONE


class MessageStart(Base):
    """The latest instance that a message with this correlation key began."""

    __tablename__ = "message_start"

    process_key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    correlation_key: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"))


class TimerStart(Base, Leased):
    """An armed timer start event of a bundle; due when its deadline is."""

    __tablename__ = "timer_start"
    __table_args__ = (
        Index("ix_timer_start_due", "due_at", sqlite_where=NOT_DONE, postgresql_where=NOT_DONE),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    process_key: Mapped[str] = mapped_column(index=True)
    bundle_id: Mapped[str] = mapped_column(ForeignKey("bundle.id"))
    element_id: Mapped[str]
    deadline_id: Mapped[str] = mapped_column(ID, index=True)
    rule: Mapped[str]
    due_at: Mapped[datetime]
    cycles_left: Mapped[int | None]
    done_at: Mapped[datetime | None]
