"""A process that dies within an operator's command leaves all of it or nothing, and it repeats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.db import failpoints
from app.engine.history import broken_at
from app.engine.operating.tables import OperationRequest
from app.engine.tables import ActivityEvent
from tests.engine.acts import AGREED
from tests.engine.houses import ADMIN, PERSONNEL, Stage
from tests.engine.repairs import FIRST, SECOND, WHY, ask, token_at
from tests.engine.test_signing import STEP, YES, add, waiting

PLACES = ("before_act", "after_act", "before_commit", "after_commit")


class Died(BaseException):
    """The process is gone."""


@pytest.fixture
def disarmed() -> Iterator[None]:
    """Leave no hook behind."""
    yield
    failpoints.arm(lambda name: None)


def dying(place: str, command: Any) -> None:
    """Carry a command out in a process that dies at a place, then once more in a whole one."""

    def die(name: str) -> None:
        if name == place:
            failpoints.arm(lambda name: None)
            raise Died

    failpoints.arm(die)
    with pytest.raises(Died):
        command()
    command()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.usefixtures("disarmed")
def test_approved_repair_is_carried_out_once(stage: Stage, place: str) -> None:
    stage.start("weigh_house", {"weight": "heavy"})
    moved = ask(stage, "move", token=token_at(stage, "check_load"), to="pay_fee")
    engine, second = stage.house.engine, stage.actor(SECOND)

    dying(place, lambda: engine.approve_repair(moved, actor=second, key="k"))

    assert stage.open_tasks() == ["pay_fee"]
    assert [row.decision for row in stage.rows(OperationRequest)] == ["approved"]
    assert len(stage.rows(ActivityEvent, ActivityEvent.kind == "moved")) == 1
    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None


@pytest.mark.parametrize("place", ["before_commit", "after_commit"])
@pytest.mark.usefixtures("disarmed")
def test_case_is_suspended_and_resumed_once(stage: Stage, place: str) -> None:
    stage.start("slow_letter")
    engine, first, instance_id = stage.house.engine, stage.actor(FIRST), stage.instance().id

    dying(place, lambda: engine.suspend(instance_id, reason=WHY, actor=first, key="s"))
    stage.wait(days=8)
    dying(place, lambda: engine.resume(instance_id, reason=WHY, actor=first, key="r"))

    kinds = [row.kind for row in stage.rows(ActivityEvent)]
    assert (kinds.count("suspended"), kinds.count("resumed")) == (1, 1)
    assert stage.open_tasks() == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.usefixtures("disarmed")
def test_last_signature_completes_the_task_once(stage: Stage, place: str) -> None:
    task_id = waiting(stage)
    add(stage, task_id, position="after")
    stage.complete(STEP, AGREED, by=ADMIN)
    engine, personnel = stage.house.engine, stage.actor(PERSONNEL)

    dying(place, lambda: engine.sign_task(task_id, YES, actor=personnel, key="k"))

    assert stage.task(STEP).status == "completed"
    assert stage.notes() == ["reserved"]
