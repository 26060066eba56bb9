"""The one place that commits.

A unit of work is one transaction. On SQLite it begins with BEGIN IMMEDIATE, so that everything
read in it is read under the write lock; on PostgreSQL rows are locked with FOR UPDATE by whoever
needs them. Pages that only read use a plain session and never commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session

from app.db import holders
from app.db.contention import busy, waited_in_vain
from app.db.failpoints import reach

UnitOfWork = Callable[[], AbstractContextManager[Session]]

LOCK_TIMEOUT_MS = 5_000
# A process that hangs inside a transaction must not hold its rows for ever.
STATEMENT_TIMEOUT_MS = 30_000
IDLE_TIMEOUT_MS = 60_000


def prepare(engine: Engine) -> Engine:
    """Give an engine the connection settings that the house relies on."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        event.listen(engine, "connect", _postgresql_connect)
    return engine


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the begin event below opens transactions
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql_connect(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}")
    connection.commit()


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """Open a writing session; commit at the end, roll back on any exception.

    Raises Busy, with whoever is at work, when a lock or a connection was not to be had in time.
    """
    wanted: dict[Any, Any] = {}
    try:
        with _writing(engine) as session:
            wanted = session.info
            yield session
    except (DBAPIError, NoConnection) as error:
        if not waited_in_vain(error):
            raise
        raise busy(engine, wanted.get(holders.WANTED)) from error


@contextmanager
def _writing(engine: Engine) -> Iterator[Session]:
    with engine.connect().execution_options(writes=True) as connection:
        session = Session(connection, expire_on_commit=False)
        try:
            yield session
            reach("before_commit")
            session.flush()
            holders.let_go(session)
            session.commit()
            reach("after_commit")
        except BaseException:
            holders.let_go(session)
            session.rollback()
            raise
        finally:
            session.close()
