"""Clearing away what nobody came back for: half uploads and forms kept for an ended session."""

from __future__ import annotations

from app.bootstrap import House
from app.db.system_time import system_now
from app.domain.accounts.kept import sweep_kept
from app.domain.attachments.incoming import sweep_uploads


def tidy(house: House) -> int:
    """Sweep everything that is over; returns how many rows went."""
    now = system_now()
    with house.unit_of_work() as session:
        return sweep_uploads(session, now=now) + sweep_kept(session, now=now)
