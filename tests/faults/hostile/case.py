"""One hostile input: its name, the door it is handed in at, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """Input is made on demand, because some of it is large."""

    name: str
    door: str
    make: Callable[[], Any]
    # What must be refused; other inputs may also be taken, if that is cheap and does nothing.
    refused: bool = True


def fixed(door: str, inputs: dict[str, Any], *, refused: bool = True) -> list[Case]:
    """Return the cases of inputs that are small enough to stand in a table."""
    return [Case(name, door, lambda found=found: found, refused) for name, found in inputs.items()]
