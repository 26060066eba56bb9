"""Where every test gets its database: a copy of one that was migrated and filled once.

A test names the kind and what has to be in it; the first asker has it set up, everybody gets a
copy of his own, a SQLite file or a database of this process's PostgreSQL server. The tables are
those of the migrations, never `create_all`.
"""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from app.bootstrap.setting_up import migrate
from app.db.unit_of_work import prepare
from tests.databases import Cluster

SQLITE, POSTGRESQL = "sqlite", "postgresql"
KINDS = (SQLITE, POSTGRESQL)
BARE = "bare"

Fill = Callable[[Engine], None]


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Connect to a database for a while."""
    database = prepare(create_engine(url))
    try:
        yield database
    finally:
        database.dispose()


def address_of(database: Engine) -> str:
    """Return the address that a database was opened with."""
    return database.url.render_as_string(hide_password=False)


def one_connection_a_thread(database: Engine) -> None:
    """Fail when a thread takes a second connection while it holds one: enough such threads at
    once would each wait for what another one keeps."""
    held = threading.local()

    def taken(*_: object) -> None:
        held.number = getattr(held, "number", 0) + 1
        assert held.number == 1, "a thread holds two connections"

    def given_back(*_: object) -> None:
        held.number -= 1

    event.listen(database, "checkout", taken)
    event.listen(database, "checkin", given_back)


@contextmanager
def undone(database: Engine) -> Iterator[Session]:
    """Open a session whose commits reach a savepoint only; everything is rolled back at the end."""
    with database.connect().execution_options(writes=True) as connection:
        outer = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


class Copies:
    """Set-up databases of one test process, by kind and content."""

    def __init__(self, folder: Path, cluster: Callable[[], Cluster]) -> None:
        self._folder = folder
        self.cluster = cluster
        self._originals: dict[tuple[str, str], str] = {}

    @contextmanager
    def bare(self, kind: str) -> Iterator[str]:
        """Yield the address of a migrated database without any rows."""
        with self.copy(kind, BARE, migrate) as url:
            yield url

    @contextmanager
    def copy(self, kind: str, content: str, fill: Fill) -> Iterator[str]:
        """Yield the address of a copy; `fill` sets up the original when there is none yet."""
        original = self._original(kind, content, fill)
        if kind == SQLITE:
            path = self._folder / f"{secrets.token_hex(6)}.db"
            shutil.copy(original, path)
            try:
                yield f"sqlite:///{path}"
            finally:
                for left in self._folder.glob(f"{path.name}*"):
                    left.unlink()
            return
        with self.cluster().database(original) as url:
            yield url

    def _original(self, kind: str, content: str, fill: Fill) -> str:
        """Return the file or database to copy, set up from a bare copy on first use."""
        if (kind, content) not in self._originals:
            found = self._new(kind, content)
            with opened(self._address(kind, found)) as database:
                fill(database)
            self._originals[kind, content] = found
        return self._originals[kind, content]

    def _new(self, kind: str, content: str) -> str:
        name = f"{content}_{secrets.token_hex(4)}"
        base = None if content == BARE else self._original(kind, BARE, migrate)
        if kind == SQLITE:
            path = self._folder / f"{name}.db"
            if base is not None:
                shutil.copy(base, path)
            return str(path)
        with self.cluster().connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{base or "template1"}"')
        return name

    def _address(self, kind: str, found: str) -> str:
        return f"sqlite:///{found}" if kind == SQLITE else self.cluster().url(found)
