"""A service task that wants several attempts is tried again later before it is an incident."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.db.lease import database_now
from app.engine.registry import BpmnError
from app.engine.tables import Incident, Outbox, TaskSubmission
from app.errors import DomainError
from app.scheduler.outbox import work_off
from tests.engine.acts import retry
from tests.engine.houses import ADMIN, Stage

ATTEMPTS = 3  # the `retries` of the test procedure's step


def jammed() -> None:
    """Fail as an operation does."""
    raise DomainError("installation.missing")


def stuck() -> None:
    """Fail as nobody's drawing foresees."""
    raise BpmnError("STUCK")


def calls(stage: Stage) -> list[Outbox]:
    """Return the rows that call the step up again and are still to be done."""
    return stage.rows(Outbox, Outbox.kind == "step.retry", Outbox.done_at.is_(None))


def call_up(stage: Stage, times: int = 1) -> None:
    """Let the waiting time pass and a worker call the step up."""
    for _ in range(times):
        with stage.house.unit_of_work() as session:
            session.execute(update(Outbox).values(not_before=None))
        work_off(stage.house, owner="w")


@pytest.fixture
def failing(stage: Stage) -> Stage:
    """A house whose step has failed once."""
    stage.workshop.broken = jammed
    stage.start("long_shelf")
    stage.complete("choose_shelf", {"note": "左"}, by=ADMIN)
    return stage


def test_first_failure_is_no_incident_and_keeps_the_submission(failing: Stage) -> None:
    [row] = calls(failing)

    assert failing.incidents() == []
    assert failing.notes() == []
    assert len(failing.rows(TaskSubmission, TaskSubmission.element_id == "choose_shelf")) == 1
    with failing.house.unit_of_work() as session:
        wait = (row.not_before - database_now(session)).total_seconds()
    assert wait == pytest.approx(10, abs=3)


def test_nothing_is_tried_before_its_time(failing: Stage) -> None:
    tried = len(failing.workshop.performed)

    assert work_off(failing.house, owner="w") == 0
    assert len(failing.workshop.performed) == tried


def test_later_attempt_that_succeeds_goes_on(failing: Stage) -> None:
    failing.workshop.broken = None

    call_up(failing)

    assert failing.notes() == ["lifted", "left"]
    assert (failing.incidents(), calls(failing)) == ([], [])


def test_last_attempt_is_an_incident(failing: Stage) -> None:
    call_up(failing, ATTEMPTS - 2)
    before = failing.incidents()

    call_up(failing)

    [incident] = failing.incidents()
    assert (before, calls(failing)) == ([], [])
    assert (incident.element_id, incident.kind) == ("reserve", "installation.missing")


def test_operators_retry_has_all_attempts_again(failing: Stage) -> None:
    call_up(failing, ATTEMPTS - 1)

    retry(failing)

    assert (failing.incidents(), len(calls(failing))) == ([], 1)
    failing.workshop.broken = None
    call_up(failing)
    assert failing.notes() == ["lifted", "left"]


def test_unforeseen_error_code_is_not_tried_again(stage: Stage) -> None:
    stage.workshop.broken = stuck
    stage.start("long_shelf")

    stage.complete("choose_shelf", by=ADMIN)

    assert ([row.element_id for row in stage.incidents()], calls(stage)) == (["reserve"], [])


def test_call_for_a_token_that_has_gone_changes_nothing(failing: Stage) -> None:
    failing.workshop.broken = None
    with failing.house.unit_of_work() as session:
        [row] = calls(failing)
        again = Outbox(
            id="f" * 32,
            kind=row.kind,
            key="k",
            payload=row.payload,
            instance_id=row.instance_id,
            created_at=row.created_at,
        )
        session.add(again)

    call_up(failing, 2)

    assert failing.notes() == ["lifted", "left"]


def test_instance_that_waits_for_its_next_attempt_is_not_stalled(failing: Stage) -> None:
    assert failing.house.engine.report_stalled() == 0


def test_join_that_waits_for_a_branch_never_taken_is_reported_once(failing: Stage) -> None:
    failing.workshop.broken = None
    call_up(failing)

    reported = [failing.house.engine.report_stalled() for _ in range(2)]

    [incident] = failing.incidents()
    assert reported == [1, 0]
    assert (incident.element_id, incident.kind) == ("both_done", "engine.stalled")
    assert incident.sentence.startswith("办件停滞")


def test_instance_that_is_still_stalled_after_a_retry_is_reported_anew(failing: Stage) -> None:
    failing.workshop.broken = None
    call_up(failing)
    failing.house.engine.report_stalled()

    retry(failing)

    assert failing.house.engine.report_stalled() == 1
    assert len(failing.rows(Incident)) == 2


@pytest.mark.parametrize("key", ["slow_letter", "post_room", "print_shop", "round_table"])
def test_instances_that_wait_are_not_stalled(stage: Stage, key: str) -> None:
    stage.start(key)

    assert stage.house.engine.report_stalled() == 0


def test_ended_instance_is_not_stalled(stage: Stage) -> None:
    stage.start("town_crier")
    work_off(stage.house, owner="w")

    assert stage.house.engine.report_stalled() == 0
