"""The scheduler's half of timers: claimed by lease, fired in order, a failure stops nobody else."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.bootstrap import House
from app.engine.engine import Engine
from app.engine.tables import CANCELLED, Timer, UserTask
from app.scheduler.due import fire_due, fire_everything
from tests.engine.acts import ID_NUMBER
from tests.engine.houses import MONDAY, Stage
from tests.faults.invariants import broken

OWNER = "worker-1"


class Failing:
    """An engine that cannot fire one of the instances."""

    def __init__(self, engine: Engine, broken: str) -> None:
        self._engine = engine
        self._broken = broken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def fire_due(self, instance_id: str, *, now: datetime | None = None) -> int:
        if instance_id == self._broken:
            raise ValueError(ID_NUMBER)
        return self._engine.fire_due(instance_id, now=now)


def letters(stage: Stage, number: int) -> list[str]:
    """Start cases with timers, an hour apart, and let them all fall due."""
    found = []
    for _ in range(number):
        stage.start("slow_letter")
        found.append(stage.instance().id)
        stage.wait(hours=1)
    stage.wait(days=60)
    return found


def test_nothing_fires_before_it_is_due(stage: Stage) -> None:
    stage.start("slow_letter")

    assert fire_due(stage.house, owner=OWNER) == 0


def test_pass_fires_what_is_due_in_order(stage: Stage) -> None:
    letters(stage, 3)

    fired = fire_everything(stage.house, owner=OWNER)

    assert fired == 9
    assert stage.open_tasks() == ["close_letter"] * 3


def test_limit_bounds_what_is_claimed_in_one_pass(stage: Stage) -> None:
    letters(stage, 3)

    fire_due(stage.house, owner=OWNER, limit=1)

    assert stage.open_tasks().count("answer_letter") == 2


def test_two_workers_at_once_fire_every_timer_once(stage: Stage) -> None:
    letters(stage, 6)
    gate = threading.Barrier(3)

    def work(owner: str) -> int:
        gate.wait()
        return fire_everything(stage.house, owner=owner)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, ["a", "b", "c"]))
    fire_everything(stage.house, owner="d")

    assert stage.open_tasks() == ["close_letter"] * 6
    assert sorted(stage.notes()) == ["overdue"] * 6 + ["reminded"] * 6


def test_clock_that_moves_while_workers_fire_fires_every_timer_once(stage: Stage) -> None:
    for _ in range(6):
        stage.start("slow_letter")
    over = threading.Event()

    def work(owner: str) -> None:
        while not over.is_set():
            fire_everything(stage.house, owner=owner)

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(work, owner) for owner in ("a", "b")]
        for _ in range(60):
            stage.wait(days=1)
            fire_everything(stage.house, owner="clock")
        over.set()
        for worker in workers:
            worker.result(30)
    fire_everything(stage.house, owner="last")

    assert stage.open_tasks() == ["close_letter"] * 6
    assert sorted(stage.notes()) == ["overdue"] * 6 + ["reminded"] * 6
    with stage.house.unit_of_work() as session:
        assert list(broken(session)) == []


def test_sweeps_at_once_report_a_stalled_instance_once(stage: Stage) -> None:
    letters(stage, 3)
    fire_everything(stage.house, owner=OWNER)
    with stage.house.unit_of_work() as session:  # rows lost to a hand in the database
        session.execute(update(UserTask).values(status=CANCELLED))
    gate = threading.Barrier(4)

    def sweep(_: int) -> int:
        gate.wait()
        return stage.house.engine.report_stalled()

    with ThreadPoolExecutor(4) as pool:
        reported = list(pool.map(sweep, range(4)))

    assert sum(reported) == len(stage.incidents()) == 3


def test_instance_that_cannot_fire_does_not_stop_the_others(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    broken, *_ = letters(stage, 3)
    house = with_engine(stage.house, lambda engine: Failing(engine, broken))

    with caplog.at_level(logging.ERROR):
        fire_due(house, owner=OWNER)

    assert stage.open_tasks().count("close_letter") == 2
    assert caplog.records[0].instance == broken
    assert ID_NUMBER not in caplog.text


def test_failed_instance_is_tried_again_when_its_lease_has_ended(stage: Stage) -> None:
    [broken] = letters(stage, 1)
    fire_due(with_engine(stage.house, lambda engine: Failing(engine, broken)), owner=OWNER)
    meanwhile = fire_due(stage.house, owner="b")
    with stage.house.unit_of_work() as session:
        for timer in session.query(Timer):
            timer.lease_until = None

    assert (meanwhile, fire_everything(stage.house, owner="b")) == (0, 3)


def test_legal_time_decides_what_is_due(stage: Stage) -> None:
    stage.start("slow_letter")
    stage.clock.move_to(MONDAY + timedelta(days=3))

    assert fire_due(stage.house, owner=OWNER) == 1


def with_engine(house: House, wrap: Callable[[Engine], Any]) -> House:
    """Return the house with another engine."""
    return replace(house, engine=wrap(house.engine))
