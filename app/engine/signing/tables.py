"""Who was asked to sign beside a task's assignee, and what he signed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.db.keys import Sealed

ID = String(32)
BEFORE, AFTER = "before", "after"
WAITING, SIGNED, REMOVED = "waiting", "signed", "removed"


class TaskSigner(Base):
    """A person asked to sign a task: `before` its completion, or `after` it was handed in."""

    __tablename__ = "task_signer"
    __table_args__ = (
        Index("ix_task_signer_task", "task_id", "status"),
        Index("ix_task_signer_account", "account_id", "status"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"))
    position: Mapped[str]
    status: Mapped[str] = mapped_column(default=WAITING)
    account_id: Mapped[str] = mapped_column(ID)
    name: Mapped[str]
    organisation: Mapped[str | None]
    asked_by: Mapped[str] = mapped_column(ID)
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime]
    decision: Mapped[str | None]
    done_at: Mapped[datetime | None]
    question_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    opinion_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    question = Sealed("question_enc")
    opinion = Sealed("opinion_enc")
