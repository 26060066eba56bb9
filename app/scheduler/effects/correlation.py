"""Delivering the messages that processes send to each other.

The sender only wrote a row, so its lock is free again before the receiver's is taken. The command
key makes a repeated delivery harmless.
"""

from __future__ import annotations

from typing import Any

from app.bootstrap import House
from app.engine.background import Record


def correlate(house: House, payload: dict[str, Any]) -> Record:
    """Hand one message to whoever waits for it; nobody waiting is no failure."""
    house.engine.correlate(
        payload["name"], payload["key"], payload["variables"], key=payload["command"]
    )
    return lambda session: None
