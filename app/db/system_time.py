"""System time: for sessions, signatures and the moment a database was made; never for deadlines."""

from __future__ import annotations

from datetime import UTC, datetime


def system_now() -> datetime:
    """Return this machine's time as an aware UTC instant."""
    return datetime.now(UTC)
