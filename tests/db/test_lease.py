"""Leases: no two owners hold a row at once, a dead owner's rows come back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.db.lease import claim, database_now, release
from app.engine.tables import Outbox
from tests.engine.houses import MONDAY, Stage


@pytest.fixture
def queue(stage: Stage) -> Stage:
    """A house with forty rows that wait for a worker."""
    with stage.house.unit_of_work() as session:
        for number in range(40):
            key = f"{number:032d}"
            session.add(Outbox(id=key, kind="x", key=key, payload={}, created_at=MONDAY))
    return stage


def take(stage: Stage, owner: str, limit: int = 40, **options: timedelta) -> list[str]:
    """Claim undone rows."""
    with stage.house.unit_of_work() as session:
        due = Outbox.done_at.is_(None)
        return claim(session, Outbox, due, order_by=Outbox.id, owner=owner, limit=limit, **options)


def test_rows_are_claimed_in_order_up_to_the_limit(queue: Stage) -> None:
    assert take(queue, "a", limit=3) == [f"{n:032d}" for n in range(3)]


def test_claimed_rows_are_passed_over_by_others(queue: Stage) -> None:
    first, second = take(queue, "a", limit=5), take(queue, "b", limit=5)

    assert not set(first) & set(second)


def test_owner_does_not_get_his_rows_again(queue: Stage) -> None:
    take(queue, "a")

    assert take(queue, "a") == []


def test_owners_at_once_never_get_the_same_row(queue: Stage) -> None:
    gate = threading.Barrier(8)

    def work(owner: str) -> list[str]:
        gate.wait()
        return [row for _ in range(4) for row in take(queue, owner, limit=3)]

    with ThreadPoolExecutor(8) as pool:
        claimed = [row for rows in pool.map(work, "abcdefgh") for row in rows]

    assert len(claimed) == len(set(claimed)) == 40
    owners = {row.lease_owner for row in queue.rows(Outbox)}
    assert None not in owners


def test_lease_ends_by_itself(queue: Stage) -> None:
    take(queue, "a", lease=timedelta(seconds=-1))

    assert len(take(queue, "b")) == 40
    assert {row.lease_owner for row in queue.rows(Outbox)} == {"b"}


def test_lease_is_system_time(queue: Stage) -> None:
    take(queue, "a", limit=1)

    queue.wait(days=365)

    [row] = queue.rows(Outbox, Outbox.lease_owner == "a")
    with queue.house.unit_of_work() as session:
        left = row.lease_until - database_now(session)
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)
    assert row.id not in take(queue, "b")


def test_released_rows_are_free(queue: Stage) -> None:
    mine = take(queue, "a", limit=5)
    with queue.house.unit_of_work() as session:
        release(session, Outbox, mine, owner="a")

    assert take(queue, "b", limit=5) == mine


def test_nobody_releases_what_another_holds(queue: Stage) -> None:
    mine = take(queue, "a", limit=5)
    with queue.house.unit_of_work() as session:
        release(session, Outbox, mine, owner="b")

    assert not set(take(queue, "b")) & set(mine)


def test_rolled_back_claim_leaves_the_rows_free(queue: Stage) -> None:
    def crash() -> None:
        with queue.house.unit_of_work() as session:
            claim(session, Outbox, Outbox.done_at.is_(None), order_by=Outbox.id, owner="a")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()

    assert len(take(queue, "b")) == 40
