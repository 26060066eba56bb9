"""The outbox's workers: effects act outside first, failures wait, the last is an incident."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.bootstrap import House
from app.db.lease import database_now
from app.engine.background import Record
from app.engine.tables import Outbox
from app.errors import AppError
from app.scheduler.effects import EFFECTS
from app.scheduler.outbox import perform, work_everything, work_off
from tests.engine.acts import ATTEMPTS, MOBILE, claimed
from tests.engine.houses import ADMIN, Stage

OWNER = "worker-1"


class Press:
    """An effect of the tests: prints, or jams as often as it is told."""

    def __init__(self) -> None:
        self.printed: list[dict[str, Any]] = []
        self.jams = 0

    def __call__(self, house: House, payload: dict[str, Any]) -> Record:
        if self.jams:
            self.jams -= 1
            raise AppError("sms.failed")
        self.printed.append(payload)
        return lambda session: {"sheets": int(payload["copies"])}


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Iterator[Press]:
    """A press in the place of the effect that the test procedure asks for."""
    found = Press()
    monkeypatch.setitem(EFFECTS, "press.print", found)
    return found


def make_due(stage: Stage) -> None:
    """Let the system time that a failed row waits for pass."""
    with stage.house.unit_of_work() as session:
        session.execute(update(Outbox).values(not_before=None))


def test_effect_is_performed_and_the_token_goes_on(stage: Stage, press: Press) -> None:
    stage.start("print_shop")

    taken = work_everything(stage.house, owner=OWNER)

    assert (taken, press.printed) == (1, [{"copies": "3"}])
    assert stage.open_tasks() == ["collect_pages"]


def test_done_row_is_not_taken_again(stage: Stage, press: Press) -> None:
    stage.start("print_shop")
    work_everything(stage.house, owner=OWNER)

    assert work_off(stage.house, owner="b") == 0
    assert len(press.printed) == 1


def test_several_rows_are_worked_off_in_a_pool(stage: Stage, press: Press) -> None:
    for _ in range(5):
        stage.start("print_shop")

    assert work_off(stage.house, owner=OWNER, workers=3) == 5
    assert stage.open_tasks() == ["collect_pages"] * 5


def test_failed_row_waits(stage: Stage, press: Press) -> None:
    press.jams = 1
    stage.start("print_shop")

    taken = [work_off(stage.house, owner=OWNER) for _ in range(3)]

    assert taken == [1, 0, 0]
    assert stage.open_tasks() == []


def test_failed_row_succeeds_later(stage: Stage, press: Press) -> None:
    press.jams = 1
    stage.start("print_shop")
    work_off(stage.house, owner=OWNER)
    make_due(stage)

    work_off(stage.house, owner=OWNER)

    assert stage.open_tasks() == ["collect_pages"]
    assert len(press.printed) == 1


def test_last_failure_is_an_incident_that_a_retry_repairs(stage: Stage, press: Press) -> None:
    press.jams = ATTEMPTS
    stage.start("print_shop")
    for _ in range(ATTEMPTS):
        work_off(stage.house, owner=OWNER)
        make_due(stage)
    [incident] = stage.incidents()
    assert work_off(stage.house, owner=OWNER) == 0

    stage.house.engine.retry(incident.id, actor=stage.actor(ADMIN))
    work_off(stage.house, owner=OWNER)

    assert (incident.element_id, incident.kind) == ("print_pages", "sms.failed")
    assert stage.open_tasks() == ["collect_pages"]


def test_unknown_kind_fails_like_any_other_effect(stage: Stage) -> None:
    stage.start("print_shop")

    work_off(stage.house, owner=OWNER)

    [row] = stage.rows(Outbox, Outbox.kind == "press.print")
    assert row.attempts == 1
    assert "press.print" in row.error


def test_worker_that_lost_its_lease_leaves_the_row_to_the_other(
    stage: Stage, press: Press, caplog: pytest.LogCaptureFixture
) -> None:
    stage.start("print_shop")
    outbox_id = claimed(stage, owner="other")

    with caplog.at_level(logging.WARNING):
        perform(stage.house, outbox_id, owner=OWNER)

    [row] = stage.rows(Outbox, Outbox.kind == "press.print")
    assert (row.done_at, row.attempts, row.lease_owner) == (None, 0, "other")
    assert "lease lost" in caplog.messages


def test_dead_workers_row_is_taken_over(stage: Stage, press: Press) -> None:
    stage.start("print_shop")
    claimed(stage, owner="dead")
    before = work_off(stage.house, owner=OWNER)
    with stage.house.unit_of_work() as session:
        ended = database_now(session) - timedelta(seconds=1)
        session.execute(update(Outbox).values(lease_until=ended))

    assert (before, work_off(stage.house, owner=OWNER)) == (0, 1)
    assert stage.open_tasks() == ["collect_pages"]


def test_failure_is_logged_without_its_text(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def leak(house: House, payload: dict[str, Any]) -> Record:
        raise ValueError(MOBILE)

    monkeypatch.setitem(EFFECTS, "press.print", leak)
    stage.start("print_shop")

    with caplog.at_level(logging.DEBUG):
        work_off(stage.house, owner=OWNER)

    assert "effect failed" in caplog.text
    assert "ValueError" in caplog.text
    assert MOBILE not in caplog.text
