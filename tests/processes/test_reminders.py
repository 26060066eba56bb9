"""Common rule 4: who is reminded of a task that waits, and when the superior hears of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from app.clock import SHANGHAI, local
from app.config import read_config
from app.domain.notifications.tables import Channel, Notification
from app.engine.simulation import World, read_scenario, run_scenario
from app.scheduler.virtual import Worlds

SCENARIO = Path("workflows/lost_certificate/scenarios/withdrawn_during_review.yaml")


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    return Worlds(read_config(instance=tmp_path_factory.mktemp("instance")))


def reminders(world: World) -> list[tuple[str, str, str]]:
    query = select(Notification).where(
        Notification.template == "N13", Notification.channel == Channel.INBOX
    )
    with world.unit_of_work() as session:
        rows = session.scalars(query.order_by(Notification.created_at, Notification.id)).all()
        return [(f"{local(row.created_at):%m-%d %H:%M}", row.to_code, row.text) for row in rows]


def test_reviewer_every_five_working_days_and_the_superior_after_ten(worlds: Worlds) -> None:
    world = worlds.world()
    scenario = read_scenario(SCENARIO)
    begun = type(scenario)(**{**vars(scenario), "steps": scenario.steps[:1]})
    assert run_scenario(begun, world).passed  # the unit's task waits since 2019-05-07

    world.move_to(datetime(2019, 5, 30, tzinfo=SHANGHAI))

    told = reminders(world)
    assert [(at, group) for at, group, _ in told] == [
        ("05-15 00:00", "R-UADM@DW-005"),
        ("05-22 00:00", "R-UADM@DW-005"),
        ("05-22 00:00", "R-DEPT@DEP-450223-NY"),
        ("05-29 00:00", "R-UADM@DW-005"),
        ("05-29 00:00", "R-DEPT@DEP-450223-NY"),
    ]
    assert "“单位审核”环节已等待5个工作日，请及时办理" in told[0][2]
    assert "已等待10个工作日，请督促及时办理" in told[2][2]
