"""Rows of accounts, their role assignments, their web sessions and forms kept for the next one.

A session is known by the hash of its token only; an account's password by its Argon2 hash only.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.base import Base, UTCDateTime, new_id
from app.db.keys import Sealed


class AccountState(StrEnum):
    """Whether an account may be used: pending accounts wait for an approval."""

    ACTIVE = "active"
    LOCKED = "locked"
    PENDING = "pending"


class Account(Base):
    """One user name; it belongs to a person, or to an officer of an organisation."""

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    user_name: Mapped[str] = mapped_column(String(60))
    user_name_key: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(60))
    person_code: Mapped[str | None] = mapped_column(String(40), index=True)
    organisation_code: Mapped[str | None] = mapped_column(String(40), index=True)
    mobile_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=False)
    legacy: Mapped[bool] = mapped_column(Boolean, default=False)
    failed_count: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    mobile = Sealed("mobile_enc")

    assignments: Mapped[list[RoleAssignment]] = relationship(
        back_populates="account", lazy="selectin", order_by="RoleAssignment.id"
    )


class RoleAssignment(Base):
    """A role held at an organisation, or as oneself; both dates are inclusive."""

    __tablename__ = "role_assignment"
    __table_args__ = (Index("ix_role_assignment_group", "organisation_code", "role"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    organisation_code: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    granted_by: Mapped[str] = mapped_column(String(32))

    account: Mapped[Account] = relationship(back_populates="assignments")

    def holds_on(self, day: date) -> bool:
        """Tell whether the assignment is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class WebSession(Base):
    """A signed-in browser; all its times are system times."""

    __tablename__ = "web_session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    persona: Mapped[bool] = mapped_column(Boolean, default=False)

    account: Mapped[Account] = relationship(lazy="joined")


class KeptForm(Base):
    """What somebody sent when his session had ended; his next visit to the form gets it back."""

    __tablename__ = "kept_form"
    __table_args__ = (UniqueConstraint("account_id", "path"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    path: Mapped[str] = mapped_column(String(200))
    typed_enc: Mapped[bytes | None] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    typed = Sealed("typed_enc")
