"""Reads the code tables that lie beside this package as CSV files.

Only this package calls it; a file is read once per process and its rows never change.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

DATA = Path(__file__).parent / "data"


@cache
def rows(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of one file, each with its blanks trimmed."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            MappingProxyType({key: value.strip() for key, value in row.items()})
            for row in csv.DictReader(file)
        )
