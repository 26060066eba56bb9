"""Working off the instances of a migration, one by one.

Whatever happens to one, the others go on; it is as it was, and its row says why.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol

from app.errors import Busy, for_log

logger = logging.getLogger(__name__)


class Mover(Protocol):
    """The verbs that this needs of the engine."""

    def migrate_instance(self, row_id: str) -> str: ...

    def migration_failed(self, row_id: str, error: Exception) -> None: ...


def work_off(engine: Mover, row_ids: Iterable[str]) -> list[str]:
    """Move each instance in its own transaction; returns the rows that somebody else held."""
    held = []
    for row_id in row_ids:
        try:
            engine.migrate_instance(row_id)
        except Busy:
            held.append(row_id)
        except Exception as error:
            logger.error("instance not migrated", extra={"row": row_id}, exc_info=for_log(error))
            engine.migration_failed(row_id, error)
    return held
