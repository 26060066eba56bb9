"""A stored state that this program cannot read: refused in words, told once, later read again."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.engine.spiff import SnapshotRefused
from app.engine.tables import ProcessInstance, UserTask
from app.messages import sentence
from app.scheduler.due import fire_due
from tests.engine.acts import retry
from tests.engine.houses import ADMIN, Stage


def overwrite(stage: Stage, old: str, new: str) -> None:
    """Replace a text of the stored state, as another version of the program would have it."""
    state = stage.instance().state
    assert old in state
    with stage.house.unit_of_work() as session:
        session.execute(update(ProcessInstance).values(state=state.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ('"version":1', '"version":2', "core.snapshot_version", "2"),
        ('"version":1', '"version":"1"', "core.snapshot_version", "只认 1"),
        ('"version":1,', "", "core.snapshot_version", "版本"),
        ('"completed":', '"done":', "core.snapshot_damaged", "parts"),
    ],
)
def test_person_is_told_and_an_incident_opened(
    stage: Stage, old: str, new: str, code: str, said: str
) -> None:
    stage.start("odd_desk")
    overwrite(stage, old, new)

    for _ in range(2):
        with pytest.raises(SnapshotRefused) as refused:
            stage.complete("sweep_hall", by=ADMIN)

    assert (refused.value.code, said in sentence(refused.value)) == (code, True)
    [incident] = stage.incidents()
    assert (incident.kind, incident.sentence) == (code, sentence(refused.value))
    assert stage.rows(UserTask, UserTask.element_id == "sweep_hall")[0].status == "open"


def test_timer_that_nobody_waits_for_tells_it_too(stage: Stage) -> None:
    stage.start("odd_desk")
    overwrite(stage, '"version":1', '"version":7')
    stage.wait(hours=2)

    assert fire_due(stage.house, owner="w") == 0

    assert [incident.kind for incident in stage.incidents()] == ["core.snapshot_version"]


def test_instance_goes_on_when_its_state_can_be_read_again(stage: Stage) -> None:
    stage.start("odd_desk")
    overwrite(stage, '"version":1', '"version":2')
    with pytest.raises(SnapshotRefused):
        stage.complete("sweep_hall", by=ADMIN)
    overwrite(stage, '"version":2', '"version":1')

    retry(stage)

    assert stage.incidents() == []
    stage.complete("sweep_hall", by=ADMIN)
    assert stage.open_tasks() == ["serve_caller"]
