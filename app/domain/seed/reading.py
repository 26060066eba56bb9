"""Reads the files of a test-data folder: the program's own copy, or the specification's.

Blank cells and missing optional columns read as None.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

DATA = Path(__file__).parent / "data"
Row = dict[str, str]


def rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of a file of the folder."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            {key: (value or "").strip() for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


def text(row: Row, column: str) -> str | None:
    """Return a cell, or None when it is empty or its column is missing."""
    return row.get(column) or None


def day(row: Row, column: str) -> date | None:
    """Return a date cell, or None when it is empty or its column is missing."""
    cell = text(row, column)
    return None if cell is None else date.fromisoformat(cell)
