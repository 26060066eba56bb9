"""Trials from a page: within a time, one at a time, always with the files as they lie there."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli.new_process import write_new_process
from app.config import Config, read_config
from app.errors import EngineError
from app.operations import registry
from app.scheduler.trials import Trials

KEY = "equipment_loan"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A folder with one procedure in it."""
    workflows, forms = tmp_path / "workflows", tmp_path / "forms"
    for name in ("shared", "calendars"):
        shutil.copytree(f"workflows/{name}", workflows / name)
    shutil.copytree("forms/shared", forms / "shared")
    write_new_process(KEY, workflows=workflows, forms=forms)
    return replace(read_config(instance=tmp_path), workflows=workflows, forms=forms)


def test_everything_is_tried_and_covered(config: Config) -> None:
    trial = Trials(config, registry).every(KEY)

    assert trial.passed
    assert trial.coverage is not None
    assert trial.coverage.missing_nodes == ()
    assert [outcome.seconds < 5 for outcome in trial.outcomes] == [True, True]


def test_what_there_is_no_time_for_is_named(config: Config) -> None:
    trial = Trials(config, registry, seconds=-1).every(KEY)

    assert not trial.passed
    assert trial.outcomes == []
    assert trial.left == ["单位同意，申请人确认", "单位不同意"]


def test_one_scenario_reaches_only_its_own_way(config: Config) -> None:
    trial = Trials(config, registry).one(KEY, "refused")

    assert trial.passed
    assert trial.coverage is not None
    assert "confirm_receipt" in trial.coverage.missing_nodes


def test_changed_file_is_tried_as_it_is_now(config: Config) -> None:
    trials = Trials(config, registry)
    assert trials.one(KEY, "refused").passed
    drawing = config.workflows / KEY / f"{KEY}.bpmn"
    drawing.write_text(drawing.read_text("utf-8").replace("R-UADM", "R-UHEAD"), "utf-8")
    os.utime(drawing, ns=(1, 1))

    found = trials.one(KEY, "refused")

    assert not found.passed
    assert found.outcomes[0].mismatches[0].what == "refused"


def test_second_trial_at_the_same_time_is_refused(config: Config) -> None:
    trials = Trials(config, registry)

    with trials.turn(), pytest.raises(EngineError, match=r"designer\.busy"):
        trials.every(KEY)

    assert trials.one(KEY, "refused").passed
