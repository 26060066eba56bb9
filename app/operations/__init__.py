"""Service-task operations and facts, by subject; importing this package registers them all.

Operations write rows and outbox rows only. What a procedure does when is drawn in its process
file, what it decides stands in decision tables.
"""

from app.engine.registry import registry
from app.operations import (
    approvals,
    authority,
    collection,
    following,
    issuing,
    loss,
    messages,
    notices,
    objections,
    opening,
    photos,
    publicity,
    records,
    reminders,
    winding_up,
)

__all__ = [
    "approvals",
    "authority",
    "collection",
    "following",
    "issuing",
    "loss",
    "messages",
    "notices",
    "objections",
    "opening",
    "photos",
    "publicity",
    "records",
    "registry",
    "reminders",
    "winding_up",
]
