"""Scenarios run through the engine's own verbs, and a wrong expectation never passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.engine.simulation import Outcome, read_scenario, run_scenario
from app.errors import DefinitionError
from app.scheduler.virtual import world_of
from tests.engine.houses import PACKAGES, Stage

STORY = PACKAGES / "workflows" / "reading_room" / "scenarios" / "lent.yaml"
Edit = Callable[[dict[str, Any]], object]


def told(stage: Stage, path: Path) -> Outcome:
    """Run a scenario in the house."""
    stage.publish("reading_room")
    return run_scenario(read_scenario(path), world_of(stage.house, stage.clock))


def edited(tmp_path: Path, edit: Edit) -> Path:
    """Write a changed copy of the scenario where its process would keep it."""
    data = yaml.safe_load(STORY.read_text(encoding="utf-8"))
    edit(data)
    folder = tmp_path / "workflows" / "reading_room" / "scenarios"
    folder.mkdir(parents=True)
    path = folder / "edited.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def test_story_that_is_true_passes(stage: Stage) -> None:
    outcome = told(stage, STORY)

    assert outcome.mismatches == ()
    assert outcome.case_id is not None
    assert stage.case(outcome.case_id).submitted_on.isoformat() == "2026-03-02"


def test_waiting_counts_working_days(stage: Stage) -> None:
    told(stage, STORY)

    assert stage.task("check_application").completed_at.isoformat() > "2026-03-03"


@pytest.mark.parametrize(
    ("edit", "step", "what"),
    [
        (lambda d: d["steps"][0]["expect"].update(state="DEPT"), 1, "state"),
        (lambda d: d["steps"][0]["expect"].update(open=[]), 1, "open"),
        (
            lambda d: d["steps"][0]["expect"].update(
                groups={"check_application": ["R-REG@GX-ZGB"]}
            ),
            1,
            "groups check_application",
        ),
        (
            lambda d: d["steps"][0]["expect"].update(
                deadlines={"check_application": "2026-03-11T00:00"}
            ),
            1,
            "deadline check_application",
        ),
        (lambda d: d["steps"][2].update(refused="别的理由"), 3, "refused"),
        (lambda d: d["steps"][2].pop("refused"), 3, "refused"),
        (lambda d: d["steps"][3].update(refused="须由另一位同志办理"), 4, "refused"),
        (lambda d: d["steps"][4]["expect"].update(notices=["N03"]), 5, "notices"),
        (lambda d: d["steps"][4]["expect"].update(incidents=["reserve_book"]), 5, "incidents"),
        (lambda d: d.update(refused="阅览室未开放"), 0, "refused"),
    ],
)
def test_story_that_is_not_true_fails_at_its_step(
    stage: Stage, tmp_path: Path, edit: Edit, step: int, what: str
) -> None:
    outcome = told(stage, edited(tmp_path, edit))

    assert not outcome.passed
    found = [(mismatch.step, mismatch.what) for mismatch in outcome.mismatches]
    assert found[:1] == [(step, what)], outcome.mismatches


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda d: d.update(stpes=[]), "scenario.unknown_key"),
        (lambda d: d["steps"][0].update(expct={}), "scenario.unknown_key"),
        (lambda d: d["steps"][0]["expect"].update(opne=[]), "scenario.unknown_key"),
        (lambda d: d.pop("start"), "scenario.missing"),
        (lambda d: d["steps"][1].pop("as"), "scenario.missing"),
        (lambda d: d["steps"].append("later"), "scenario.bad_step"),
    ],
)
def test_misspelt_story_is_refused(tmp_path: Path, edit: Edit, code: str) -> None:
    path = edited(tmp_path, edit)

    with pytest.raises(DefinitionError) as wrong:
        read_scenario(path)

    assert wrong.value.code == code
    assert wrong.value.file.endswith("reading_room/scenarios/edited.yaml")


def test_start_that_a_rule_refuses_may_be_the_story(stage: Stage, tmp_path: Path) -> None:
    stage.workshop.room["open"] = False

    outcome = told(stage, edited(tmp_path, lambda d: d.update(refused="阅览室未开放")))

    assert outcome.passed
    assert stage.submissions() == []


def test_every_sequence_flow_taken_is_told(stage: Stage) -> None:
    taken: list[str] = []
    object.__setattr__(stage.house.tools, "on_flows", taken.extend)

    told(stage, STORY)

    assert {"agreed", "both_begin_to_reserve_book", "hand_over_book_to_both_done"} <= set(taken)
    assert "not_agreed" not in taken
