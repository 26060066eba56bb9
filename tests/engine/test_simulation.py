"""Scenarios run through the engine's own verbs, and a wrong expectation never passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.engine.simulation import Outcome, read_scenario, run_scenario
from app.engine.simulation import told as words_of
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


def expecting(step: int, **expected: Any) -> Edit:
    """Let a step expect something more."""
    return lambda d: d["steps"][step]["expect"].update(expected)


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
        (expecting(0, history=["核对申请 李"]), 1, "history"),
        (expecting(4, history=["交付图书 缺页"]), 5, "history"),
        (expecting(4, documents_exactly=["GX-2020"]), 5, "documents_exactly"),
        (expecting(4, notices_exactly=["N03"]), 5, "notices_exactly"),
        (expecting(4, notices={"N03": ["P001"]}), 5, "notice N03"),
        (
            expecting(0, forms={"check_application": {"outcome": ["AGREE"]}}),
            1,
            "choices check_application.outcome",
        ),
        (
            expecting(0, forms={"check_application": {"opinion": "同意"}}),
            1,
            "filled check_application.opinion",
        ),
        (
            expecting(4, forms={"check_application": {"outcome": ["AGREE"]}}),
            5,
            "choices check_application.outcome",
        ),
    ],
)
def test_story_that_is_not_true_fails_at_its_step(
    stage: Stage, tmp_path: Path, edit: Edit, step: int, what: str
) -> None:
    outcome = told(stage, edited(tmp_path, edit))

    assert not outcome.passed
    found = [(mismatch.step, mismatch.what) for mismatch in outcome.mismatches]
    assert found[:1] == [(step, what)], outcome.mismatches


def test_everything_people_notice_may_be_expected(stage: Stage, tmp_path: Path) -> None:
    choices = {"check_application": {"outcome": ["AGREE", "REJECT"], "opinion": None}}

    def edit(told: dict[str, Any]) -> None:
        expecting(0, forms=choices, history=["提出借阅"])(told)
        expecting(4, history=["核对申请", "交付图书"], notices={"N03": []}, notices_exactly=[],
                  documents_exactly=[])(told)  # fmt: skip

    assert told(stage, edited(tmp_path, edit)).mismatches == ()


def test_difference_is_told_in_words(stage: Stage, tmp_path: Path) -> None:
    outcome = told(stage, edited(tmp_path, lambda d: d["steps"][0]["expect"].update(open=[])))

    assert [words_of(outcome, mismatch) for mismatch in outcome.mismatches] == [
        "workflows/reading_room/scenarios/edited.yaml“同意借阅并交付”第1步："
        "待办应为：没有；实际为：“核对申请”（check_application）。"
    ]


def test_every_step_gone_is_noted(stage: Stage) -> None:
    outcome = told(stage, STORY)

    assert [done.number for done in outcome.steps] == [0, 1, 2, 3, 4, 5]
    assert "须由另一位同志办理" in (outcome.steps[3].refusal or "")
    assert [done.refusal for done in outcome.steps if done.number != 3] == [None] * 5


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda d: d.update(stpes=[]), "scenario.unknown_key"),
        (lambda d: d["steps"][0].update(expct={}), "scenario.unknown_key"),
        (lambda d: d["steps"][0]["expect"].update(opne=[]), "scenario.unknown_key"),
        (lambda d: d.pop("start"), "scenario.missing"),
        (lambda d: d["steps"][1].pop("as"), "scenario.missing"),
        (lambda d: d["steps"].append("later"), "scenario.bad_step"),
        (expecting(0, open="check_application"), "scenario.bad_value"),
        (expecting(0, groups={"check_application": "R-UADM@DW-002"}), "scenario.bad_value"),
        (expecting(0, forms={"check_application": ["outcome"]}), "scenario.bad_value"),
        (expecting(0, deadlines={"check_application": "明天"}), "scenario.bad_time"),
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
