"""The few words that operations put into rows; they stand in `templates/messages`."""

from __future__ import annotations

from app.messages import message


def say(key: str, **fields: object) -> str:
    """Return the wording of an operation."""
    return message(f"operation.{key}", **fields)
