"""Forms kept for people whose session ended while they were filling one in.

What was typed is sealed, belongs to one account and one form, is given back on the next visit and
forgotten after a day. Nothing is submitted by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.accounts.tables import KeptForm

KEPT_FOR = timedelta(days=1)
LONGEST_PATH = 200

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Typed:
    """What was typed into a form, name by name, and when it was kept."""

    pairs: Pairs
    kept_at: datetime


def keep(
    session: Session, account_id: str, path: str, pairs: Sequence[tuple[str, str]], *, now: datetime
) -> None:
    """Keep a form for an account; a later one of the same path takes its place."""
    forget(session, account_id, path)
    row = KeptForm(id=new_id(), account_id=account_id, path=path[:LONGEST_PATH], kept_at=now)
    row.typed = [list(pair) for pair in pairs]
    session.add(row)


def kept_for(session: Session, account_id: str, path: str, *, now: datetime) -> Typed | None:
    """Return what is kept for an account and a form."""
    row = session.scalars(_of(account_id, path)).one_or_none()
    if row is None or now - row.kept_at >= KEPT_FOR:
        return None
    return Typed([(str(name), str(value)) for name, value in row.typed or []], row.kept_at)


def forget(session: Session, account_id: str, path: str) -> None:
    """Drop what is kept: the browser sent the form again."""
    for row in session.scalars(_of(account_id, path)):
        session.delete(row)
    session.flush()  # the unique pair of account and path may be entered anew


def sweep_kept(session: Session, *, now: datetime) -> int:
    """Forget what nobody came back for; returns how many."""
    old = select(KeptForm.id).where(KeptForm.kept_at <= now - KEPT_FOR)
    ids = list(session.scalars(old))
    session.execute(delete(KeptForm).where(KeptForm.id.in_(ids)))
    return len(ids)


def _of(account_id: str, path: str) -> Select[KeptForm]:
    return select(KeptForm).where(
        KeptForm.account_id == account_id, KeptForm.path == path[:LONGEST_PATH]
    )
