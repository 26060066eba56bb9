"""Procedures begun by a message: once per key, for the person the message names, or not at all."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from app.domain.cases.tables import CaseRow
from app.engine.simulation import read_scenario, run_scenario
from app.engine.tables import ProcessInstance
from app.errors import AppError, DefinitionError, NotAllowed
from app.scheduler.outbox import work_everything
from app.scheduler.virtual import world_of
from tests.engine.houses import ADMIN, APPLICANT, Stage

BELL = "front_bell"


@pytest.fixture
def hall(stage: Stage) -> Stage:
    """A house whose published procedure waits for nothing but a ring."""
    stage.publish(BELL)
    return stage


def ring(hall: Stage, key: str = "door", *, command: str | None = None, **more: str) -> int:
    """Send the message as a process would."""
    about = {"applicant": APPLICANT, "text": "请开门", "idle": "x", **more}
    return hall.house.engine.correlate("announcement", key, about, key=command)


def test_message_begins_the_case_of_the_person_it_names(hall: Stage) -> None:
    assert ring(hall) == 1

    [case] = hall.rows(CaseRow)
    assert (case.person_code, case.unit_code) == (APPLICANT, "DW-002")
    assert case.case_no == hall.instance().business_key
    variables = json.loads(hall.instance().state)["scopes"]["root"]["vars"]
    assert (variables["said"], variables["path"]["unit"]) == ("请开门", "DW-002")
    assert "idle" not in variables
    hall.complete("open_door", by=ADMIN)
    assert hall.instance().status == "ended"


def test_message_about_a_unit_begins_a_case_without_a_person(hall: Stage) -> None:
    hall.house.engine.correlate("announcement", "door", {"unit": "DW-002", "text": "x"})

    [case] = hall.rows(CaseRow)
    assert (case.person_code, case.unit_code) == (None, "DW-002")
    assert hall.open_tasks() == ["open_door"]


def test_same_key_begins_a_second_case_only_after_the_first_has_ended(hall: Stage) -> None:
    assert [ring(hall), ring(hall), ring(hall, "gate")] == [1, 0, 1]

    first = hall.rows(ProcessInstance, ProcessInstance.business_key.like("%00001"))[0]
    hall.house.engine.cancel(first.id, reason="按错了门铃", actor=hall.actor("R-ADM@PLATFORM"))
    assert ring(hall) == 1
    assert len(hall.rows(ProcessInstance)) == 3


def test_message_without_a_key_always_begins_a_case(hall: Stage) -> None:
    assert [ring(hall, ""), ring(hall, "")] == [1, 1]


def test_command_repeated_by_a_worker_begins_nothing_twice(hall: Stage) -> None:
    assert [ring(hall, "", command="message:1"), ring(hall, "", command="message:1")] == [1, 1]
    assert len(hall.rows(ProcessInstance)) == 1


def test_ten_equal_messages_at_once_begin_one_case(hall: Stage) -> None:
    with ThreadPoolExecutor(10) as threads:
        begun = list(threads.map(lambda _: ring(hall), range(10)))

    assert (sum(begun), len(hall.rows(ProcessInstance))) == (1, 1)


def test_unknown_person_begins_nothing(hall: Stage) -> None:
    with pytest.raises(AppError):
        ring(hall, applicant="P999")

    assert hall.count(CaseRow, ProcessInstance) == (0, 0)


def test_message_of_another_procedure_begins_a_case(hall: Stage) -> None:
    hall.start("town_crier")

    work_everything(hall.house, owner="w")

    # The crier names nobody: the case has no unit, so nobody can be found who opens.
    begun = hall.rows(ProcessInstance, ProcessInstance.process_key == BELL)
    assert [row.status for row in begun] == ["active"]
    [incident] = hall.incidents()
    assert incident.element_id == "open_door"


def test_procedure_begun_by_messages_is_offered_to_nobody(hall: Stage) -> None:
    with pytest.raises(NotAllowed) as caught:
        hall.house.engine.open_draft(BELL, actor=hall.actor(APPLICANT))

    assert caught.value.code == "engine.start_not_allowed"


def test_story_may_begin_with_a_message(hall: Stage, tmp_path: Path) -> None:
    told = {
        "name": "有人按铃",
        "start": "2026-03-02T09:00",
        "process": BELL,
        "message": "announcement",
        "with": {"applicant": APPLICANT, "text": "请开门"},
        "steps": [
            {"expect": {"open": ["open_door"]}},
            {"do": "open_door", "as": ADMIN, "with": {"note": "已开"}},
            {"expect": {"state": "COMPLETED", "open": []}},
        ],
    }
    path = tmp_path / BELL / "scenarios" / "rung.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")

    outcome = run_scenario(read_scenario(path), world_of(hall.house, hall.clock))

    assert outcome.mismatches == ()


def test_story_that_nobody_and_nothing_begins_is_refused(tmp_path: Path) -> None:
    path = tmp_path / BELL / "scenarios" / "rung.yaml"
    path.parent.mkdir(parents=True)
    path.write_text('name: x\nstart: "2026-03-02T09:00"\n', "utf-8")

    with pytest.raises(DefinitionError) as caught:
        read_scenario(path)

    assert caught.value.fields["name"] == "as"
