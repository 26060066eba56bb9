"""Fills an empty database with the organisations, persons and accounts of the test data.

All of it is synthetic. Title records are seeded by their own subject. Running it twice changes
nothing.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.domain.seed.members import seed_accounts, seed_persons
from app.domain.seed.reading import DATA
from app.domain.seed.structure import seed_structure

__all__ = ["DATA", "seed_reference", "seed_testdata"]


def seed_reference(session: Session, folder: Path = DATA) -> None:
    """Enter organisations, committees and authority grants."""
    seed_structure(session, folder)


def seed_testdata(
    session: Session,
    folder: Path = DATA,
    *,
    now: datetime,
    demo_password: str | None = None,
) -> None:
    """Enter the reference rows, the persons and the accounts of a folder."""
    seed_reference(session, folder)
    seed_persons(session, folder, now=now)
    seed_accounts(session, folder, demo_password=demo_password)
