"""Work done outside: the token waits for its row, a worker reports, everything is recorded once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.db.lease import claim, database_now
from app.domain.audit.tables import AuditEntry
from app.engine.tables import Outbox
from app.errors import DomainError, EngineError
from tests.engine.acts import ATTEMPTS, WORKER, claimed, finish_printing
from tests.engine.houses import ADMIN, APPLICANT, Stage


def row_of(stage: Stage) -> Outbox:
    """Return the row that the token waits for."""
    [row] = stage.rows(Outbox, Outbox.kind == "press.print")
    found: Outbox = row
    return found


def due_rows(stage: Stage, owner: str) -> list[str]:
    """Lease what a worker would take now, whatever its time to wait."""
    with stage.house.unit_of_work() as session:
        due = Outbox.done_at.is_(None) & Outbox.dead_at.is_(None)
        return claim(session, Outbox, due, order_by=Outbox.id, owner=owner)


def fail(stage: Stage, times: int = 1) -> str:
    """Let a worker fail at the printing and return the row."""
    for _ in range(times):
        outbox_id = claimed(stage)
        error = DomainError("installation.missing")
        stage.house.engine.failed(outbox_id, owner=WORKER, error=error)
    return outbox_id


def test_token_waits_for_its_row(stage: Stage) -> None:
    stage.start("print_shop")

    row = row_of(stage)

    assert stage.open_tasks() == []
    assert (row.payload, row.instance_id, row.done_at) == (
        {"copies": "3"},
        stage.instance().id,
        None,
    )
    assert row.token_id in stage.instance().state


def test_report_records_and_moves_the_token_in_one(stage: Stage) -> None:
    stage.start("print_shop")

    finish_printing(stage, sheets=9)

    assert stage.open_tasks() == ["collect_pages"]
    assert row_of(stage).done_at is not None
    assert json.loads(stage.instance().state)["scopes"]["root"]["vars"]["sheets"] == 9


def test_second_report_is_refused(stage: Stage) -> None:
    stage.start("print_shop")
    outbox_id = claimed(stage)
    stage.house.engine.finish(outbox_id, owner=WORKER, record=lambda session: {"sheets": 1})

    with pytest.raises(EngineError) as refused:
        stage.house.engine.finish(outbox_id, owner=WORKER, record=lambda session: {"sheets": 2})

    assert refused.value.code == "engine.lease_lost"


@pytest.mark.parametrize("verb", ["finish", "failed"])
def test_worker_whose_lease_was_taken_over_is_refused(stage: Stage, verb: str) -> None:
    stage.start("print_shop")
    outbox_id = claimed(stage)
    with stage.house.unit_of_work() as session:
        row = session.get_one(Outbox, outbox_id)
        row.lease_until = database_now(session)
    assert due_rows(stage, "worker-2") == [outbox_id]
    reports: dict[str, Any] = {
        "finish": {"record": lambda session: {}},
        "failed": {"error": ValueError()},
    }

    with pytest.raises(EngineError) as refused:
        getattr(stage.house.engine, verb)(outbox_id, owner=WORKER, **reports[verb])

    assert refused.value.code == "engine.lease_lost"
    assert (row_of(stage).attempts, row_of(stage).lease_owner) == (0, "worker-2")


def test_record_that_fails_leaves_the_token_waiting(stage: Stage) -> None:
    stage.start("print_shop")
    outbox_id = claimed(stage)

    def record(session: Session) -> dict[str, Any]:
        session.add(
            Outbox(id="x" * 32, kind="x", key="x", payload={}, created_at=stage.clock.now())
        )
        raise DomainError("installation.missing")

    with pytest.raises(DomainError):
        stage.house.engine.finish(outbox_id, owner=WORKER, record=record)

    assert stage.rows(Outbox, Outbox.kind == "x") == []
    assert (row_of(stage).done_at, row_of(stage).lease_owner) == (None, WORKER)


def test_failed_attempt_waits_longer_each_time(stage: Stage) -> None:
    stage.start("print_shop")
    waits = []
    for _ in range(ATTEMPTS - 1):
        fail(stage)
        with stage.house.unit_of_work() as session:
            waits.append((row_of(stage).not_before - database_now(session)).total_seconds())

    assert waits == pytest.approx([10, 20], abs=2)
    assert row_of(stage).lease_owner is None
    assert row_of(stage).error == "数据库尚未初始化，请先运行 flask db-setup。"
    assert stage.incidents() == []


def test_last_failed_attempt_is_an_incident(stage: Stage) -> None:
    stage.start("print_shop")

    outbox_id = fail(stage, ATTEMPTS)

    [incident] = stage.incidents()
    assert (incident.element_id, incident.outbox_id) == ("print_pages", outbox_id)
    assert incident.sentence == "数据库尚未初始化，请先运行 flask db-setup。"
    assert row_of(stage).dead_at is not None
    assert due_rows(stage, "worker-2") == []


@pytest.mark.parametrize(("retries", "attempts"), [("1", 1), ("2", 2)])
def test_designer_says_how_often_it_is_tried(stage: Stage, retries: str, attempts: int) -> None:
    package = stage.package("print_shop")
    drawing = "workflows/print_shop/print_shop.bpmn"
    text = package.files[drawing].replace('retries="3"', f'retries="{retries}"')
    package = replace(package, files={**package.files, drawing: text})
    stage.house.engine.publish(package, published_by="tests")
    case_id = stage.draft("print_shop")
    stage.house.engine.start(case_id, {"note": "开始"}, actor=stage.actor(APPLICANT))
    if attempts > 1:
        fail(stage, attempts - 1)
    before = stage.incidents()

    fail(stage)

    assert (before, len(stage.incidents())) == ([], 1)


def test_retry_starts_the_row_anew(stage: Stage) -> None:
    stage.start("print_shop")
    fail(stage, ATTEMPTS)
    [incident] = stage.incidents()

    stage.house.engine.retry(incident.id, actor=stage.actor(ADMIN))

    row = row_of(stage)
    assert (row.attempts, row.dead_at, row.not_before, row.error) == (0, None, None, None)
    assert stage.incidents() == []
    finish_printing(stage)
    assert stage.open_tasks() == ["collect_pages"]
    assert stage.rows(AuditEntry, AuditEntry.action == "retry")[0].outcome == "ok"


def test_late_result_of_an_interrupted_step_is_not_recorded(stage: Stage) -> None:
    stage.start("print_shop")
    outbox_id = claimed(stage)
    stage.wait(days=3)
    stage.house.engine.fire_all_due()
    recorded: list[int] = []

    stage.house.engine.finish(
        outbox_id, owner=WORKER, record=lambda session: recorded.append(1) or {}
    )

    assert recorded == []
    assert row_of(stage).done_at is not None
    assert stage.open_tasks() == ["copy_by_hand"]


def test_overdue_timer_is_not_beaten_by_a_late_result(stage: Stage) -> None:
    stage.start("print_shop")
    outbox_id = claimed(stage)
    stage.wait(days=3)

    stage.house.engine.finish(outbox_id, owner=WORKER, record=lambda session: {"sheets": 1})

    assert stage.open_tasks() == ["copy_by_hand"]


def test_last_failure_of_an_interrupted_step_is_no_incident(stage: Stage) -> None:
    stage.start("print_shop")
    fail(stage, ATTEMPTS - 1)
    stage.wait(days=3)
    stage.house.engine.fire_all_due()

    fail(stage)

    assert stage.incidents() == []
    assert row_of(stage).dead_at is not None


def test_last_failure_on_an_ended_case_is_no_incident(stage: Stage) -> None:
    stage.start("print_shop")
    stage.wait(days=3)
    stage.house.engine.fire_all_due()
    stage.complete("copy_by_hand", by=ADMIN)

    fail(stage, ATTEMPTS)

    assert stage.incidents() == []


def test_incident_of_background_work_is_over_when_a_timer_takes_the_token(stage: Stage) -> None:
    stage.start("print_shop")
    fail(stage, ATTEMPTS)
    stage.wait(days=3)

    stage.house.engine.fire_all_due()

    assert stage.incidents() == []
    assert stage.open_tasks() == ["copy_by_hand"]


def test_row_without_a_token_is_simply_done(stage: Stage) -> None:
    stage.start("round_table", by=APPLICANT)
    with stage.house.unit_of_work() as session:
        row = Outbox(
            id="f" * 32, kind="sms.send", key="k", payload={}, created_at=stage.clock.now()
        )
        session.add(row)
    due_rows(stage, WORKER)

    stage.house.engine.finish("f" * 32, owner=WORKER, record=lambda session: None)

    [row] = stage.rows(Outbox, Outbox.id == "f" * 32)
    assert row.done_at is not None
