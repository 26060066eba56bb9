"""What a transaction meets when others work at the same time, and what is done about it.

Waiting too long for a lock becomes `Busy`, with whoever holds it. A race that the database decided
against a transaction (deadlock, serialisation, two who insert the same key) left nothing behind, so
the whole command is carried out again, a few times at most.
"""

from __future__ import annotations

import functools
import logging
import random
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.db.holders import holder
from app.errors import Busy, kind_of

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")

ATTEMPTS = 4
PAUSE_SECONDS = 0.02
LOCK_NOT_AVAILABLE = "55P03"
SQLITE_LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED")
# Deadlock, serialisation failure, unique violation.
LOST_RACES = frozenset({"40P01", "40001", "23505"})


def waited_in_vain(error: Exception) -> bool:
    """Tell whether an error means that a lock, or a connection, was not to be had in time."""
    if isinstance(error, NoConnection):
        return True
    name = str(getattr(_original(error), "sqlite_errorname", ""))
    return _state(error) == LOCK_NOT_AVAILABLE or name.startswith(SQLITE_LOCKED)


def lost_race(error: Exception) -> bool:
    """Tell whether the same command may succeed, or be refused cleanly, when it is repeated."""
    return isinstance(error, StaleDataError) or _state(error) in LOST_RACES


def busy(engine: Engine, wanted: str | None) -> Busy:
    """Return the error that tells who holds what was wanted."""
    try:
        found = holder(engine, wanted)
    except (DBAPIError, NoConnection):
        found = None
    if found is None:
        return Busy()
    return Busy(
        account_id=found.account_id,
        since=found.since,
        subjects=found.subjects,
        certain=wanted in found.subjects,
    )


def take_turn(session: Session, name: str) -> None:
    """Wait until no other transaction has the same name's turn; SQLite writes in turns anyway."""
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        session.execute(statement, {"name": name})


def share_turn(session: Session, name: str) -> None:
    """Let the next one who takes this name's turn wait for this transaction; others may share."""
    if session.get_bind().dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
        session.execute(statement, {"name": name})


def repeated(command: Callable[P, T]) -> Callable[P, T]:
    """Wrap a command of whole transactions so that a lost race repeats it, `ATTEMPTS` times."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, ATTEMPTS):
            try:
                return command(*args, **kwargs)
            except (DBAPIError, StaleDataError) as error:
                if not lost_race(error):
                    raise
                logger.info("race lost, repeating", extra={"error": kind_of(error)})
                time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311
        return command(*args, **kwargs)

    return run


def repeat_commands(commands: type[C]) -> type[C]:
    """Let every public method of a class be repeated after a lost race."""
    for name, method in list(vars(commands).items()):
        if callable(method) and not name.startswith("_"):
            setattr(commands, name, repeated(method))
    return commands


def _original(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else None


def _state(error: Exception) -> str | None:
    """Return PostgreSQL's code of an error."""
    return getattr(_original(error), "sqlstate", None)
