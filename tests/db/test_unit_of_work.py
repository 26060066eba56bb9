"""The one place that commits: all or nothing, and no update is ever lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.bootstrap import House
from app.config import ROOT
from app.db.installation import Installation
from app.db.unit_of_work import unit_of_work
from app.engine.tables import Bundle, ProcessInstance
from app.errors import Busy
from tests.engine.houses import MONDAY, Stage

INCREMENT = """
import sys
from sqlalchemy import create_engine
from app.db.installation import Installation
from app.db.unit_of_work import prepare, unit_of_work
engine = prepare(create_engine(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    with unit_of_work(engine) as session:
        session.get(Installation, 1).clock_offset_seconds += 1
"""


def counter(stage: Stage) -> float:
    """Return the number that the races count up."""
    with stage.house.unit_of_work() as session:
        return session.get_one(Installation, 1).clock_offset_seconds


def bundle(session: Session, version: int = 1) -> None:
    """Add any row."""
    session.add(
        Bundle(
            process_key="x",
            version=version,
            title="x",
            sha256="0" * 64,
            files="{}",
            published_at=MONDAY,
            published_by="x",
        )
    )


def test_end_commits(stage: Stage) -> None:
    with stage.house.unit_of_work() as session:
        bundle(session)

    assert stage.count(Bundle) == (1,)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_exception_rolls_everything_back(stage: Stage, error: type[BaseException]) -> None:
    def act() -> None:
        with stage.house.unit_of_work() as session:
            bundle(session)
            session.flush()
            raise error

    with pytest.raises(error):
        act()

    assert stage.count(Bundle) == (0,)


def test_read_modify_write_by_threads_loses_nothing(stage: Stage) -> None:
    """On PostgreSQL the row is locked; on SQLite the transaction is, from its beginning."""

    def count(_: int) -> None:
        for _ in range(25):
            with stage.house.unit_of_work() as session:
                query = select(Installation).with_for_update()
                row = session.scalars(query).one()
                row.clock_offset_seconds += 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))

    assert counter(stage) == 200


def test_read_modify_write_by_processes_loses_nothing(sqlite_stage: Stage, tmp_path: Path) -> None:
    url = str(sqlite_stage.house.database.url)
    racers = [
        subprocess.Popen([sys.executable, "-c", INCREMENT, url, "100"], cwd=ROOT) for _ in range(4)
    ]

    assert [racer.wait(timeout=120) for racer in racers] == [0] * 4
    assert counter(sqlite_stage) == 400


def test_sqlite_is_durable_and_checks_references(sqlite_stage: Stage) -> None:
    with sqlite_stage.house.unit_of_work() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


def test_reader_is_not_kept_waiting_by_a_writer(sqlite_stage: Stage) -> None:
    with sqlite_stage.house.unit_of_work() as writing:
        bundle(writing)
        writing.flush()
        with Session(sqlite_stage.house.database) as reading:
            assert reading.scalars(select(Bundle)).all() == []


def test_second_writer_waits_for_the_first(sqlite_stage: Stage) -> None:
    begun, order = threading.Event(), []

    def second() -> None:
        begun.wait()
        with unit_of_work(sqlite_stage.house.database) as session:
            session.scalars(select(Installation)).one()  # even reading waits for the lock
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()
    with sqlite_stage.house.unit_of_work() as session:
        session.scalars(select(Installation)).one()  # a read is enough to hold the lock
        begun.set()
        waiting.join(0.2)
        bundle(session)
        order.append("first")
    waiting.join()

    assert order == ["first", "second"]


@pytest.mark.postgresql
def test_lock_that_is_never_given_up_is_an_error_after_five_seconds(
    postgresql_stage: Stage,
) -> None:
    with postgresql_stage.house.unit_of_work() as session:
        assert session.execute(text("SHOW lock_timeout")).scalar_one() == "5s"


@pytest.mark.postgresql
def test_waiting_for_a_locked_row_ends(postgresql_stage: Stage) -> None:
    house = postgresql_stage.house
    with house.unit_of_work() as holder:
        holder.scalars(select(Installation).with_for_update()).one()
        with pytest.raises(Busy):
            _lock_impatiently(house)


def _lock_impatiently(house: House) -> None:
    with house.unit_of_work() as session:
        session.execute(text("SET LOCAL lock_timeout = 50"))
        session.scalars(select(Installation).with_for_update()).one()


def test_stale_copy_of_an_instance_is_refused(stage: Stage) -> None:
    """The revision column is the belt to the lock's braces."""
    stage.start("round_table")
    stale = stage.instance()
    with stage.house.unit_of_work() as session:
        session.get_one(ProcessInstance, stale.id).status = "ended"

    with pytest.raises(StaleDataError):
        _overwrite(stage, stale)

    assert stage.instance().status == "ended"


def _overwrite(stage: Stage, stale: ProcessInstance) -> None:
    with stage.house.unit_of_work() as session:
        stale.business_key = "changed"
        session.add(stale)
