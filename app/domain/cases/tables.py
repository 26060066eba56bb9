"""Rows of cases; what reviewers wrote stands in the submissions of their tasks."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, new_id
from app.db.keys import Sealed

ID = String(32)


class CaseState(StrEnum):
    """State of a case (code list `case_state`)."""

    DRAFT = "DRAFT"
    PUBLICITY = "PUBLICITY"
    UNIT = "UNIT"
    DEPT = "DEPT"
    SERIES = "SERIES"
    COMMITTEE = "COMMITTEE"
    RESULT_PUBLICITY = "RESULT_PUBLICITY"
    OFFICE = "OFFICE"
    VERIFYING = "VERIFYING"
    OBJECTION = "OBJECTION"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    TERMINATED = "TERMINATED"
    EXPIRED = "EXPIRED"
    TRANSFERRED = "TRANSFERRED"
    RUNNING = "RUNNING"


FINAL = frozenset(
    {
        CaseState.COMPLETED,
        CaseState.REJECTED,
        CaseState.WITHDRAWN,
        CaseState.TERMINATED,
        CaseState.EXPIRED,
        CaseState.TRANSFERRED,
    }
)


class CaseRow(Base):
    """One case; number, path and rule version are set at submission and stay."""

    __tablename__ = "case_row"
    __table_args__ = (
        Index("ix_case_row_person", "person_code", "business", "state"),
        Index("ix_case_row_search", "business", "state", "submitted_on"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    case_no: Mapped[str | None] = mapped_column(unique=True)
    business: Mapped[str] = mapped_column(String(4))
    process_key: Mapped[str]
    bundle_id: Mapped[str | None] = mapped_column(ID)
    process_instance_id: Mapped[str | None] = mapped_column(ID, unique=True)
    profile: Mapped[str] = mapped_column(String(2))
    rule_version: Mapped[str | None]
    person_code: Mapped[str | None]
    unit_code: Mapped[str | None] = mapped_column(index=True)
    path: Mapped[dict[str, Any]] = mapped_column(JSON)
    title_record_id: Mapped[str | None] = mapped_column(ID, index=True)
    series: Mapped[str | None] = mapped_column(String(2))
    level: Mapped[str | None] = mapped_column(String(1))
    state: Mapped[str]
    submitted_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    approving_org: Mapped[str | None]
    created_by: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    draft_values_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    draft_values = Sealed("draft_values_enc")


class CaseHold(Base):
    """A time in which a case stands still; the reason is told to everybody concerned."""

    __tablename__ = "case_hold"
    __table_args__ = (Index("ix_case_hold_open", "case_id", "lifted_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ID)
    reason: Mapped[str]
    held_by: Mapped[str]
    held_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
