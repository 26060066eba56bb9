"""Messages between procedures: one process tells others what has happened.

The message goes out after the sender's step is stored, to everybody who waits for its name and key
at that moment; what nobody waits for is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.db.base import new_id
from app.engine.registry import Call, operation


@operation("message.correlate")
def correlate(
    call: Call, *, name: str, key: str, variables: Mapping[str, Any] | None = None
) -> None:
    """Send a message by `name` and correlation `key`; `variables` go to the receiver."""
    command = f"message:{new_id()}"
    payload = {"name": name, "key": str(key), "variables": variables or {}, "command": command}
    call.post("message.correlate", payload, key=command)
