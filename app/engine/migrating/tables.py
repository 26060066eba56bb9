"""Rows of migrations: what was approved for a procedure, and what became of each instance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.db.keys import Sealed

ID = String(32)
WAITING, DONE, SKIPPED = "waiting", "done", "skipped"
FAILED, REVERTED = "failed", "reverted"


class Migration(Base):
    """One approved migration of a procedure's instances to a newer bundle."""

    __tablename__ = "migration"
    __table_args__ = (Index("ix_migration_process", "process_key", "started_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    request_id: Mapped[str | None] = mapped_column(ID, unique=True)
    process_key: Mapped[str]
    to_bundle_id: Mapped[str] = mapped_column(ForeignKey("bundle.id"))
    renamed: Mapped[dict[str, str]] = mapped_column(JSON)
    sent_to: Mapped[dict[str, str]] = mapped_column(JSON)
    accept_skipped: Mapped[bool]
    pilot: Mapped[int | None]
    requested_by_name: Mapped[str]
    approved_by: Mapped[str] = mapped_column(ID)
    approved_by_name: Mapped[str]
    approved_organisation: Mapped[str | None]
    started_at: Mapped[datetime]
    reason_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = Sealed("reason_enc")


class InstanceMigration(Base):
    """One instance of a migration: what became of it, and all that taking it back needs.

    `mark` is an id made when it went over: rows with smaller ids were written before.
    """

    __tablename__ = "instance_migration"
    __table_args__ = (
        UniqueConstraint("migration_id", "instance_id"),
        Index("ix_instance_migration_instance", "instance_id", "outcome"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    migration_id: Mapped[str] = mapped_column(ForeignKey("migration.id"))
    instance_id: Mapped[str] = mapped_column(ForeignKey("process_instance.id"))
    from_bundle_id: Mapped[str] = mapped_column(ForeignKey("bundle.id"))
    to_bundle_id: Mapped[str] = mapped_column(ForeignKey("bundle.id"))
    renamed: Mapped[dict[str, str]] = mapped_column(JSON)
    outcome: Mapped[str] = mapped_column(default=WAITING)
    said: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime | None]
    mark: Mapped[str | None] = mapped_column(ID)
    revision: Mapped[int | None]
    state_before: Mapped[str | None] = mapped_column(Text)
    rows_before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    went_on: Mapped[bool] = mapped_column(default=False)
    reverted_at: Mapped[datetime | None]
    reverted_by_name: Mapped[str | None]
