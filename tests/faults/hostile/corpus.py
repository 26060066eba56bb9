"""All hostile inputs, by name."""

from __future__ import annotations

from functools import cache

from tests.faults.hostile import drawings, expressions, packages, papers, states, tables, words
from tests.faults.hostile.case import Case

SOURCES = (drawings, tables, papers, words, expressions, states, packages)


@cache
def corpus() -> dict[str, Case]:
    """Return the cases in order; names are unique."""
    found: dict[str, Case] = {}
    for source in SOURCES:
        for case in source.cases():
            assert case.name not in found, case.name
            found[case.name] = case
    return found
