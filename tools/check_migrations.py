"""Checks that the migrations have exactly one head; `make check` and a house test call it."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic.script import ScriptDirectory

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def heads() -> list[str]:
    """Return the revisions that nothing follows."""
    return ScriptDirectory(str(MIGRATIONS)).get_heads()


def main() -> int:
    """Print the head, or every one of several."""
    found = heads()
    print(f"migration heads: {', '.join(found) or 'none'}")
    return 0 if len(found) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
