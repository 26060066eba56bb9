"""Named places where a fault test may end the process; outside such tests nothing is armed.

They stand where a crash would hurt most: around an act, during an advance, around a commit, and
between the claim and the completion of an outbox row.
"""

from __future__ import annotations

from collections.abc import Callable

NAMES = (
    "before_act",
    "after_act",
    "during_advance",
    "before_commit",
    "after_commit",
    "between_claim_and_done",
)


class _Armed:
    """The hook of this process, if a test has set one."""

    hook: Callable[[str], None] | None = None


def arm(hook: Callable[[str], None]) -> None:
    """Call a hook with the name of every place reached from now on."""
    _Armed.hook = hook


def reach(name: str) -> None:
    """Tell that a named place was reached."""
    if _Armed.hook is not None:
        _Armed.hook(name)
