"""`flask operate`: the same repairs from a shell, with who acts proven outside a demo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask

from app.cli.operate import group
from app.db.installation import PRODUCTION, installation
from app.db.system_time import system_now
from app.domain.accounts import account, set_first_password
from app.web.extensions import keep_house
from tests.engine.house_fixtures import house_feel as house_feel
from tests.engine.house_fixtures import sqlite_stage as sqlite_stage
from tests.engine.houses import ADMIN, Stage
from tests.engine.repairs import FIRST, SECOND, variables

WHY = "单位来函更正登记"
SECRET = "a long enough Passw0rd!"


@contextmanager
def _app(stage: Stage) -> Iterator[Flask]:
    app = Flask("tests", root_path=str(Path(__file__).parent))
    keep_house(app, stage.house)
    app.cli.add_command(group)
    yield app


def run(stage: Stage, *words: str, code: int = 0, typed: str = "") -> Any:
    """Run one command and return its JSON, or what it complained."""
    with _app(stage) as app:
        found = app.test_cli_runner().invoke(args=["operate", *words], input=typed)
    assert found.exit_code == code, found.output
    return json.loads(found.stdout) if code == 0 else found.output


def weighed(stage: Stage) -> str:
    """Bring a load to the gateway that stops; return the case number."""
    stage.start("weigh_house", {"weight": "heavy"})
    stage.complete("check_load", {"note": "true"}, by=ADMIN)
    return str(stage.instance().business_key)


def test_incident_is_repaired_from_the_shell_by_two(sqlite_stage: Stage) -> None:
    stage, number = sqlite_stage, weighed(sqlite_stage)
    shown = run(stage, "show", number, "--json")
    assert shown["tokens"][0]["element"] == "is_free"
    assert shown["variables"]["free"] == '"true"'

    who = ["--reason", WHY, "--json", "--as"]
    asked = run(stage, "set", number, "free", "false", *who, FIRST)
    [waiting] = run(stage, "requests", "--json")
    assert (waiting["request"], waiting["reason"]) == (asked["request"], WHY)
    said = run(stage, "approve", asked["request"], "--json", "--as", FIRST, code=1)
    assert "另一位管理员批准" in said
    run(stage, "approve", asked["request"], "--json", "--as", SECOND)
    outcome = run(stage, "retry", "core.condition_not_boolean", *who, SECOND)

    assert (outcome["retried"], outcome["failing"]) == (1, 0)
    assert stage.open_tasks() == ["pay_fee"]
    assert run(stage, "requests", "--json") == []


def test_suspend_move_repeat_and_reject(sqlite_stage: Stage) -> None:
    stage, number = sqlite_stage, weighed(sqlite_stage)
    who = ["--reason", WHY, "--json", "--as", FIRST]

    run(stage, "suspend", number, *who)
    assert stage.instance().suspended_at is not None
    moved = run(stage, "move", number, "is_free", "pay_fee", *who)
    repeated = run(stage, "repeat", number, "class_load", *who)
    run(stage, "approve", moved["request"], "--json", "--as", SECOND)
    run(stage, "reject", repeated["request"], "--reason", WHY, "--json", "--as", SECOND)
    run(stage, "resume", number, *who)

    assert stage.open_tasks() == ["pay_fee"]
    assert variables(stage)["load_size"] == "LARGE"


def test_message_by_hand_and_what_nobody_waits_for(sqlite_stage: Stage) -> None:
    stage = sqlite_stage
    stage.start("post_room")
    number = stage.instance().business_key
    who = ["--reason", WHY, "--json", "--as", FIRST]

    asked = run(stage, "correlate", number, "announced", "--variables", '{"text": "x"}', *who)
    run(stage, "approve", asked["request"], "--json", "--as", SECOND)
    refused = run(stage, "correlate", number, "announced", *who, code=1)

    assert variables(stage)["announcement"] == "x"
    assert refused


def test_only_administrators_that_exist_and_cases_that_exist(sqlite_stage: Stage) -> None:
    stage, number = sqlite_stage, weighed(sqlite_stage)

    for name in ("platform.sec1", "nobody.at.all"):
        run(stage, "suspend", number, "--reason", WHY, "--as", name, code=1)
    assert "没有这个受理号" in run(stage, "show", "LZ0", code=1)

    assert stage.instance().suspended_at is None


def test_outside_a_demo_a_password_is_needed(sqlite_stage: Stage) -> None:
    stage, number = sqlite_stage, weighed(sqlite_stage)
    with stage.house.unit_of_work() as session:
        installation(session).kind = PRODUCTION
        set_first_password(session, account(session, FIRST), SECRET, now=system_now())
    words = ["suspend", number, "--reason", WHY, "--as", FIRST]

    run(stage, *words, code=1, typed="wrong\n")
    assert stage.instance().suspended_at is None
    run(stage, *words, "--json", typed=f"{SECRET}\n")

    assert stage.instance().suspended_at is not None
