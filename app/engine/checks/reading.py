"""What cannot be read: every form and decision file says what is wrong with it, all at once.

A drawing that cannot be read has one finding, because its parts hang together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.decisions import parse_decisions
from app.engine.checks.finding import Finding
from app.engine.package import Package
from app.engine.situation import Tools
from app.errors import DefinitionError

LIMITS = "limits."


def unreadable(package: Package, tools: Tools, first: DefinitionError) -> list[Finding]:
    """Return the error that stopped the reading, and those of all other forms and decisions."""
    readers: dict[str, Callable[[bytes, str], Any]] = {
        ".dmn": parse_decisions,
        ".form": tools.forms.load,
    }
    errors = [first]
    if first.code.startswith(LIMITS):
        return [Finding.from_error(first)]  # too much is not read any further
    for suffix, read in readers.items():
        for path, text in package.named(suffix).items():
            if path == first.file:
                continue
            try:
                read(text.encode(), path)
            except DefinitionError as error:
                errors.append(error)
    return [Finding.from_error(error) for error in errors]
