"""Rows of the operators' work: what one of them asks for and another decides, what waits meanwhile.

A suspended instance keeps the messages that reach it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.db.keys import Sealed

ID = String(32)
APPROVED, REJECTED, WITHDRAWN = "approved", "rejected", "withdrawn"


class OperationRequest(Base):
    """A repair that one operator asks for and another approves, which carries it out.

    `revision` is the instance's when it was asked for; arguments and reason are sealed, because
    variables and people's words stand in them.
    """

    __tablename__ = "operation_request"
    __table_args__ = (
        Index("ix_operation_request_open", "decided_at", "requested_at"),
        Index("ix_operation_request_subject", "subject_id", "requested_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    verb: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    subject_name: Mapped[str]
    revision: Mapped[int | None]
    requested_by: Mapped[str] = mapped_column(ID)
    requested_by_name: Mapped[str]
    requested_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(ID)
    decided_by_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None]
    outcome: Mapped[str | None] = mapped_column(Text)
    arguments_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    arguments = Sealed("arguments_enc")
    reason = Sealed("reason_enc")


class HeldMessage(Base):
    """A message that came while its instance was suspended; handed over when it is resumed."""

    __tablename__ = "held_message"
    __table_args__ = (Index("ix_held_message_instance", "instance_id", "done_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"))
    name: Mapped[str]
    correlation_key: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(ID)
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    variables_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    variables = Sealed("variables_enc")
