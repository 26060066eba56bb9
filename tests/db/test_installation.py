"""What kind of installation this is, and who may move its legal clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from app.bootstrap import InstallationClock, build
from app.db.installation import PRODUCTION, Installation, installation, move_clock
from app.errors import DomainError
from tests.engine.houses import ADMIN, Stage


def make_production(stage: Stage) -> None:
    """Turn the test's database into a real office's."""
    with stage.house.unit_of_work() as session:
        session.execute(update(Installation).values(kind=PRODUCTION))


def test_demo_moves_forward_and_remembers(stage: Stage) -> None:
    with stage.house.unit_of_work() as session:
        move_clock(session, timedelta(days=2))
    with stage.house.unit_of_work() as session:
        assert move_clock(session, timedelta(hours=1)) == timedelta(days=2, hours=1)


def test_clock_never_goes_back(stage: Stage) -> None:
    with stage.house.unit_of_work() as session, pytest.raises(DomainError) as refused:
        move_clock(session, timedelta(seconds=-1))

    assert refused.value.code == "installation.clock_backwards"


def test_clock_of_a_real_office_cannot_be_moved(stage: Stage) -> None:
    make_production(stage)

    with pytest.raises(DomainError) as refused:
        stage.house.move_clock(stage.clock.now() + timedelta(days=1))

    assert refused.value.code == "installation.clock_not_demo"
    with stage.house.unit_of_work() as session:
        assert installation(session).clock_offset_seconds == 0


def test_database_that_was_never_set_up_says_so(stage: Stage) -> None:
    with stage.house.unit_of_work() as session:
        session.execute(delete(Installation))

    with stage.house.unit_of_work() as session, pytest.raises(DomainError) as refused:
        installation(session)

    assert refused.value.code == "installation.missing"


def test_clock_tells_system_time_until_it_is_moved(stage: Stage) -> None:
    clock = InstallationClock(stage.house.database)

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_moving_the_house_fires_what_falls_due_on_the_way(stage: Stage) -> None:
    house = build(
        stage.house.config,
        stage.house.database,
        adapters=stage.house.adapters,
        tools=stage.house.tools,
    )
    stage.publish("slow_letter")
    actor = stage.actor("P001")
    case_id = house.engine.open_draft("slow_letter", actor=actor)
    house.engine.start(case_id, {"note": "开始"}, actor=actor)
    before = house.clock.now()

    fired = house.move_clock(before + timedelta(days=60))

    assert fired == 3
    assert house.clock.now() - before >= timedelta(days=60)
    assert stage.open_tasks() == ["close_letter"]
    house.engine.complete(stage.task("close_letter").id, {}, actor=stage.actor(ADMIN))
    assert stage.case(case_id).state == "COMPLETED"
