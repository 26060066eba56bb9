"""Waiting in vain names the holder, lost races are repeated, and notes vanish with their locks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.db import holders, unit_of_work
from app.db.contention import ATTEMPTS, repeated
from app.db.installation import Installation
from app.domain.accounts import Account, open_account
from app.domain.audit import AuditEntry, record, verify_chain
from app.engine.acting import lock_instance
from app.errors import Busy
from tests.copies import SQLITE
from tests.engine.houses import ADMIN, MONDAY, Stage


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a fifth of a second for a lock, not five."""
    monkeypatch.setattr(unit_of_work, "LOCK_TIMEOUT_MS", 200)


@contextmanager
def held(stage: Stage, by: str = ADMIN) -> Iterator[str]:
    """Hold the newest instance as a verb would, in another thread; yield the account's id."""
    actor, instance_id = stage.actor(by), stage.instance().id
    taken, over = threading.Event(), threading.Event()

    def hold() -> None:
        with stage.house.unit_of_work() as session:
            lock_instance(session, instance_id, by=actor)
            taken.set()
            over.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(10)
    try:
        yield actor.account_id
    finally:
        over.set()
        thread.join()


def test_who_waits_in_vain_learns_who_holds_the_case_and_since_when(
    impatient: None, stage: Stage
) -> None:
    stage.start("round_table")
    [element] = stage.open_tasks()
    task_id, instance_id = stage.task(element).id, stage.instance().id
    officer = stage.actor(ADMIN)

    with held(stage) as holder_id, pytest.raises(Busy) as refused:
        stage.house.engine.claim(task_id, actor=officer)

    assert refused.value.account_id == holder_id
    assert refused.value.since is not None
    assert instance_id in refused.value.subjects


def test_note_vanishes_with_the_lock(stage: Stage) -> None:
    stage.start("round_table")
    database, instance_id = stage.house.database, stage.instance().id

    with held(stage):
        during = holders.holder(database, instance_id)

    assert during is not None
    assert holders.holder(database, instance_id) is None


def test_nobody_is_named_for_another_case(impatient: None, stage: Stage) -> None:
    """On PostgreSQL another case is not even waited for; on SQLite the lock covers all."""
    stage.start("round_table")
    first = stage.instance().id
    stage.start("round_table")
    with held(stage):
        found = holders.holder(stage.house.database, first)

    assert found is None or first not in found.subjects


def test_busy_is_no_refusal_and_leaves_no_audit_entry(impatient: None, stage: Stage) -> None:
    stage.start("round_table")
    [task] = stage.open_tasks()
    task_id, officer = stage.task(task).id, stage.actor(ADMIN)
    before = stage.count(AuditEntry)

    with held(stage), pytest.raises(Busy):
        stage.house.engine.complete(task_id, {"again": "YES"}, actor=officer, key="k")
    waited = stage.count(AuditEntry)
    answer = stage.house.engine.complete(task_id, {"again": "YES"}, actor=officer, key="k")

    assert answer["task_id"] == task_id
    assert waited == before


def test_lost_race_is_repeated_until_it_is_won() -> None:
    tries = []

    @repeated
    def act() -> str:
        tries.append(1)
        if len(tries) < ATTEMPTS:
            raise StaleDataError
        return "done"

    assert (act(), len(tries)) == ("done", ATTEMPTS)


def test_race_that_is_always_lost_is_told_in_the_end() -> None:
    tries = []

    @repeated
    def act() -> None:
        tries.append(1)
        raise StaleDataError

    with pytest.raises(StaleDataError):
        act()
    assert len(tries) == ATTEMPTS


def test_deadlock_is_resolved_by_repeating(database: Engine) -> None:
    """Two transactions take two rows in opposite order; both are done in the end."""
    with unit_of_work.unit_of_work(database) as session:
        ids = [open_account(session, user_name=name, display_name="x").id for name in ("aa", "bb")]
    gate = threading.Barrier(2)

    def both(order: list[str]) -> None:
        met = []

        @repeated
        def act() -> None:
            with unit_of_work.unit_of_work(database) as session:
                _count(session, order[0])
                if not met and database.dialect.name != SQLITE:
                    met.append(1)
                    gate.wait(10)
                _count(session, order[1])

        act()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(both, (ids, ids[::-1])))

    with Session(database) as session:
        assert list(session.scalars(select(Account.failed_count))) == [2, 2]


def _count(session: Session, account_id: str) -> None:
    wanted = update(Account).where(Account.id == account_id)
    session.execute(wanted.values(failed_count=Account.failed_count + 1))


def test_same_key_inserted_at_once_is_repeated_and_refused_cleanly(database: Engine) -> None:
    gate = threading.Barrier(4)

    @repeated
    def act(code: str) -> str:
        with unit_of_work.unit_of_work(database) as session:
            if session.get(Installation, 1) is not None:
                return "second"
            session.add(Installation(id=1, kind=code, created_at=MONDAY))
            return "first"

    def race(code: str) -> str:
        gate.wait()
        return act(code)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(race, "abcd"))

    assert sorted(answers) == ["first", "second", "second", "second"]


def test_duplicate_that_is_no_race_is_an_error(database: Engine) -> None:
    def twice() -> None:
        with unit_of_work.unit_of_work(database) as session:
            for _ in range(2):
                session.add(Installation(id=1, kind="x", created_at=MONDAY))
                session.flush()
                session.expunge_all()

    with pytest.raises((IntegrityError, DBAPIError)):
        repeated(twice)()


def test_chain_of_refusals_at_once_stays_whole(database: Engine) -> None:
    def refuse(number: int) -> None:
        with unit_of_work.unit_of_work(database) as session:
            record(
                session, actor=f"a{number}", action="claim", object_type="task", object_id="t",
                at=MONDAY, outcome="refused",
            )  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(refuse, range(40)))

    with Session(database) as session:
        assert verify_chain(session) == []


@pytest.mark.postgresql
def test_statements_and_idle_transactions_have_an_end(postgresql_stage: Stage) -> None:
    with postgresql_stage.house.unit_of_work() as session:
        found = [
            session.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("statement_timeout", "idle_in_transaction_session_timeout")
        ]

    assert found == ["30s", "1min"]
