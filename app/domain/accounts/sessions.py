"""Web sessions: opened at sign-in, resumed by token, rotated, revoked; system time throughout.

The token exists in the browser only. Resuming reads and never writes, so that pages need no write
lock; the web layer calls `touch` in a unit of work when `wants_touch` says so, once a minute.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.domain.access.actor import Actor
from app.domain.accounts.roles import actor_of
from app.domain.accounts.sign_in import require_usable
from app.domain.accounts.tables import Account, AccountState, WebSession

LIFETIME = timedelta(hours=8)
IDLE = timedelta(minutes=30)
TOUCH_EVERY = timedelta(minutes=1)
_TOKEN_BYTES = 32


@dataclass(frozen=True)
class OpenedSession:
    """A session and its token, which is known only now."""

    row: WebSession
    token: str


def open_session(
    session: Session, account: Account, *, now: datetime, persona: bool = False
) -> OpenedSession:
    """Open a session of a usable account; `persona` records a demo sign-in without password."""
    require_usable(account)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = WebSession(
        id=new_id(),
        token_hash=_hash(token),
        account=account,
        created_at=now,
        last_seen_at=now,
        expires_at=now + LIFETIME,
        persona=persona,
    )
    session.add(row)
    return OpenedSession(row, token)


def resume_session(
    session: Session, token: str, *, now: datetime, on: date | None = None
) -> tuple[WebSession, Actor] | None:
    """Return the session of a token with who acts, or None when it is over.

    `now` is system time; `on` is the legal day that roles are read for (default: today's).
    """
    row = session.scalar(select(WebSession).where(WebSession.token_hash == _hash(token)))
    if row is None or not _is_open(row, now):
        return None
    if row.account.state != AccountState.ACTIVE:
        return None
    return row, actor_of(row.account, on or local_date(now))


def ended_account(session: Session, token: str, *, now: datetime) -> str | None:
    """Return whose session has run out within the last hours; a revoked one is nobody's."""
    row = session.scalar(select(WebSession).where(WebSession.token_hash == _hash(token)))
    if row is None or row.revoked_at is not None or row.account.state != AccountState.ACTIVE:
        return None
    return row.account_id if now - row.last_seen_at < LIFETIME else None


def wants_touch(row: WebSession, *, now: datetime) -> bool:
    """Tell whether the last sight of a session is old enough to be written again."""
    return now - row.last_seen_at >= TOUCH_EVERY


def touch(session: Session, session_id: str, *, now: datetime) -> None:
    """Record that an open session was seen."""
    row = session.get(WebSession, session_id)
    if row is not None and _is_open(row, now):
        row.last_seen_at = now


def rotate(row: WebSession, *, now: datetime) -> str:
    """Give a session another token and return it; the old one is dead, the absolute end stays."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row.token_hash = _hash(token)
    row.last_seen_at = now
    return token


def revoke(row: WebSession, *, now: datetime) -> None:
    """End a session."""
    row.revoked_at = row.revoked_at or now


def _is_open(row: WebSession, now: datetime) -> bool:
    return row.revoked_at is None and now < row.expires_at and now - row.last_seen_at < IDLE


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
