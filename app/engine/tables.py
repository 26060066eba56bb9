"""The engine's tables: definitions, instances and everything projected from their tokens.

The state of an instance is one TEXT; inbox, boards, timers and history never read it. Token ids tie
user tasks, timers, subscriptions and incidents to the tokens of the state.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.base import Base, new_id
from app.db.keys import Sealed
from app.db.lease import Leased

ID = String(32)
TOKEN = String(36)
OPEN, COMPLETED, CANCELLED = "open", "completed", "cancelled"
PENDING, RESOLVED = "pending", "resolved"  # a delegated task: with the colleague, and back again
RETURN = "RETURN"  # the outcome that sends a case back
ACTIVE, ENDED = "active", "ended"
NOT_DONE = text("done_at IS NULL")
SUSPENDED = text("suspended_at IS NOT NULL")


class Bundle(Base):
    """A published process definition with all it uses; immutable."""

    __tablename__ = "bundle"
    __table_args__ = (UniqueConstraint("process_key", "version"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    process_key: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    files: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[str]
    note: Mapped[str] = mapped_column(default="")


class ProcessInstance(Base):
    """One running or ended execution of a bundle."""

    __tablename__ = "process_instance"
    __table_args__ = (
        Index(
            "ix_process_instance_suspended",
            "id",
            sqlite_where=SUSPENDED,
            postgresql_where=SUSPENDED,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    bundle_id: Mapped[str] = mapped_column(ForeignKey("bundle.id"))
    process_key: Mapped[str]
    business_key: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[str | None] = mapped_column(ID, index=True)
    state: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default=ACTIVE)
    outcome: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    migrated: Mapped[bool] = mapped_column(default=False)  # ever; see `migrating.names`

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012  SQLAlchemy's hook


class UserTask(Base):
    """A piece of work that waits for a person, or has been done by one."""

    __tablename__ = "user_task"
    __table_args__ = (
        UniqueConstraint("instance_id", "token_id"),
        Index("ix_user_task_open", "status", "due_at", "id"),
        Index("ix_user_task_instance", "instance_id", "status"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"))
    case_id: Mapped[str | None] = mapped_column(ID, index=True)
    token_id: Mapped[str] = mapped_column(TOKEN)
    element_id: Mapped[str]
    name: Mapped[str]
    form_id: Mapped[str]
    stage: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=OPEN)
    assignee: Mapped[str | None] = mapped_column(ID, index=True)
    assignee_name: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    deadline_id: Mapped[str | None] = mapped_column(ID)
    due_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=50)
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[str | None] = mapped_column(ID, index=True)
    outcome: Mapped[str | None]
    scope: Mapped[str] = mapped_column(String(45), default="")
    sent_back_by: Mapped[str | None] = mapped_column(ID)
    owner: Mapped[str | None] = mapped_column(ID, index=True)
    owner_name: Mapped[str | None]
    delegation: Mapped[str | None]
    has_signers: Mapped[bool] = mapped_column(default=False)  # others sign it, too (`signing`)
    handed_in_at: Mapped[datetime | None]  # its draft waits for their signatures
    handed_in_by: Mapped[str | None] = mapped_column(ID)
    draft_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    draft_at: Mapped[datetime | None]
    draft = Sealed("draft_enc")


class TaskCandidate(Base):
    """A group that may take a user task; rows stay when the task is done."""

    __tablename__ = "task_candidate"
    __table_args__ = (Index("ix_task_candidate_group", "group_code", "task_id"),)

    task_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"), primary_key=True)
    group_code: Mapped[str] = mapped_column(primary_key=True)
    task: Mapped[UserTask] = relationship()  # so that the task is written first


class TaskSubmission(Base):
    """What a person handed in with a start form or a user task; never changed."""

    __tablename__ = "task_submission"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    task_id: Mapped[str | None] = mapped_column(ForeignKey("user_task.id"))
    element_id: Mapped[str]
    form_id: Mapped[str]
    account_id: Mapped[str] = mapped_column(ID)
    name: Mapped[str]
    organisation: Mapped[str | None]
    at: Mapped[datetime]
    values_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    values = Sealed("values_enc")


class Timer(Base, Leased):
    """A waiting timer event; due when its deadline is."""

    __tablename__ = "timer"
    __table_args__ = (
        UniqueConstraint("instance_id", "token_id"),
        Index("ix_timer_due", "due_at", sqlite_where=NOT_DONE, postgresql_where=NOT_DONE),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    token_id: Mapped[str] = mapped_column(TOKEN)
    element_id: Mapped[str]
    deadline_id: Mapped[str] = mapped_column(ID, index=True)
    rule: Mapped[str]
    due_at: Mapped[datetime]
    cycles_left: Mapped[int | None]
    done_at: Mapped[datetime | None]
    fired: Mapped[bool] = mapped_column(default=False)


class MessageSubscription(Base):
    """A token that waits for a message of this name and correlation key."""

    __tablename__ = "message_subscription"
    __table_args__ = (
        UniqueConstraint("instance_id", "token_id"),
        Index(
            "ix_message_subscription_open",
            "name",
            "correlation_key",
            sqlite_where=NOT_DONE,
            postgresql_where=NOT_DONE,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    token_id: Mapped[str] = mapped_column(TOKEN)
    element_id: Mapped[str]
    name: Mapped[str]
    correlation_key: Mapped[str]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class MessageStart(Base):
    """The latest instance that a message with this correlation key began."""

    __tablename__ = "message_start"

    process_key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    correlation_key: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"))


class Incident(Base):
    """A token that could not go on; an operator repairs the cause and retries."""

    __tablename__ = "incident"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    token_id: Mapped[str] = mapped_column(TOKEN)
    element_id: Mapped[str]
    element_name: Mapped[str]
    kind: Mapped[str]
    sentence: Mapped[str] = mapped_column(Text)
    outbox_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(ID)


class Outbox(Base, Leased):
    """Work for the world outside, written in the transaction that decided it."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_open", "done_at", "dead_at", "not_before"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    instance_id: Mapped[str | None] = mapped_column(ID, index=True)
    token_id: Mapped[str | None] = mapped_column(TOKEN)
    attempts: Mapped[int] = mapped_column(default=0)
    most_attempts: Mapped[int] = mapped_column(default=3)
    not_before: Mapped[datetime | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class ActivityEvent(Base):
    """One line of an instance's history; append-only, chained by hash within the instance."""

    __tablename__ = "activity_event"
    __table_args__ = (UniqueConstraint("instance_id", "seq"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    element_id: Mapped[str]
    element_name: Mapped[str]
    element_kind: Mapped[str]
    account_id: Mapped[str | None] = mapped_column(ID)
    person_name: Mapped[str | None]
    organisation: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    at: Mapped[datetime]
    legal_basis: Mapped[str | None]
    clause: Mapped[str | None] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    reason_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed("reason_enc")


class DecisionRecord(Base):
    """Why a rule decided as it did; shown on the case."""

    __tablename__ = "decision_record"

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_id: Mapped[str]
    decision_id: Mapped[str]
    decision_name: Mapped[str]
    bundle_id: Mapped[str] = mapped_column(ID)
    rule_date: Mapped[date]
    matched: Mapped[list[str]] = mapped_column(JSON)
    output: Mapped[Any] = mapped_column(JSON)
    at: Mapped[datetime]
    inputs_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    inputs = Sealed("inputs_enc")


class IdempotencyKey(Base):
    """A command that was carried out, and what it answered."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ID, primary_key=True)
    verb: Mapped[str]
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
