"""Who holds a row right now: a note beside the lock that whoever waits in vain can read.

The note must be readable while the lock is held and vanish with it, so it cannot be a row of the
same transaction. On PostgreSQL it is the connection's `application_name`, set until the end of the
transaction and shown by `pg_stat_activity`. On SQLite, where one lock covers all, it is a small
file beside the database. Notes hold ids, never names; an account "" is the system itself.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

WANTED, NOTED = "wanted", "noted"
PREFIX = "titles"
SHORT = 20  # an application name has 63 characters: prefix, account and the random end of an id
# A note that a killed process left says nothing about a lock held much later.
STALE = timedelta(minutes=2)


@dataclass(frozen=True)
class Holder:
    """An account that works on something, since when, and the ids of what it works on."""

    account_id: str
    since: datetime
    subjects: frozenset[str]


def want(session: Session, subject: str) -> None:
    """Tell what this transaction is about to lock."""
    session.info[WANTED] = subject


def hold(session: Session, account_id: str, *subjects: str | None) -> None:
    """Note that this transaction has locked something, the first time that it does."""
    session.info.pop(WANTED, None)
    if session.info.get(NOTED):
        return
    session.info[NOTED] = True
    known = [subject for subject in subjects if subject]
    bind = session.get_bind()
    if bind.dialect.name == "postgresql":
        name = f"{PREFIX}:{account_id}:{known[0][-SHORT:]}"
        statement = text("SELECT set_config('application_name', :name, true)")
        session.connection().execute(statement, {"name": name})
        return
    note = _file(bind.engine)
    if note is not None:
        found = {"account": account_id, "since": datetime.now(UTC).isoformat(), "subjects": known}
        note.write_text(json.dumps(found), encoding="utf-8")


def let_go(session: Session) -> None:
    """Take the note away, still under the lock; PostgreSQL does so by itself."""
    bind = session.get_bind()
    if session.info.get(NOTED) and bind.dialect.name == "sqlite":
        note = _file(bind.engine)
        if note is not None:
            note.unlink(missing_ok=True)


def holder(engine: Engine, wanted: str | None) -> Holder | None:
    """Return who holds what a transaction wanted; on SQLite whoever writes at all."""
    if engine.dialect.name == "postgresql":
        return _postgresql_holder(engine, wanted) if wanted else None
    return _sqlite_holder(engine)


def _postgresql_holder(engine: Engine, wanted: str) -> Holder | None:
    statement = text(
        "SELECT application_name, xact_start FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE :pattern"
    )
    with engine.connect() as connection:
        pattern = f"{PREFIX}:%:{wanted[-SHORT:]}"
        row = connection.execute(statement, {"pattern": pattern}).first()
    if row is None or row[1] is None:
        return None
    return Holder(row[0].split(":")[1], row[1].astimezone(UTC), frozenset({wanted}))


def _sqlite_holder(engine: Engine) -> Holder | None:
    note = _file(engine)
    with suppress(OSError, ValueError, KeyError):
        found = json.loads(note.read_text(encoding="utf-8")) if note is not None else {}
        since = datetime.fromisoformat(found["since"])
        if datetime.now(UTC) - since < STALE:
            return Holder(found["account"], since, frozenset(found["subjects"]))
    return None


def _file(engine: Engine) -> Path | None:
    """Return the place of the note; a database in memory has none."""
    name = engine.url.database
    return Path(f"{name}-holder") if name and name != ":memory:" else None
