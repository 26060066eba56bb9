"""The metronome: ticks, remembers nothing, and survives a tick that fails."""

from __future__ import annotations

import threading

import pytest

from app.scheduler import metronome
from app.scheduler.effects import EFFECTS
from tests.engine.houses import Stage

PATIENCE = 20.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tick fast enough for a test."""
    monkeypatch.setattr(metronome, "TICK_SECONDS", 0.02)


def test_names_of_workers_are_never_alike() -> None:
    assert len({metronome.worker_name() for _ in range(100)}) == 100


def test_ticks_fire_timers_and_work_off_the_outbox(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(EFFECTS, "press.print", lambda house, payload: lambda session: {})
    stage.start("print_shop")
    stage.start("slow_letter")
    stage.wait(days=60)
    done, looked = threading.Event(), threading.Event()

    def look() -> None:
        if set(stage.open_tasks()) >= {"close_letter"} and len(stage.open_tasks()) == 2:
            done.set()
        looked.set()

    scheduler = metronome.start(stage.house, look)
    try:
        assert done.wait(PATIENCE), stage.open_tasks()
    finally:
        scheduler.shutdown(wait=True)

    assert looked.is_set()


def test_tick_that_fails_does_not_stop_the_clock(stage: Stage) -> None:
    again, ticks = threading.Event(), []

    def fail() -> None:
        ticks.append(1)
        if len(ticks) > 2:
            again.set()
        raise ValueError("no")

    scheduler = metronome.start(stage.house, fail)
    try:
        assert again.wait(PATIENCE)
    finally:
        scheduler.shutdown(wait=True)


def test_slow_tick_never_runs_beside_itself(stage: Stage) -> None:
    running, most, enough = [], [], threading.Event()

    def slow() -> None:
        running.append(1)
        most.append(len(running))
        enough.wait(0.1)
        running.pop()
        if len(most) > 3:
            enough.set()

    scheduler = metronome.start(stage.house, slow)
    try:
        assert enough.wait(PATIENCE)
    finally:
        scheduler.shutdown(wait=True)

    assert set(most) == {1}
