"""Rows of the public's queries: counters per address and minute, challenges already answered.

Both are kept for minutes only; what was asked for is never stored.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, UTCDateTime


class QueryCount(Base):
    """How many queries came from one address in one minute of system time."""

    __tablename__ = "query_count"

    client_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    count: Mapped[int]


class SpentChallenge(Base):
    """A captcha that was answered, rightly or not, and is worth nothing any more."""

    __tablename__ = "spent_challenge"

    nonce: Mapped[str] = mapped_column(String(40), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
