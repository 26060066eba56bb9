"""`flask calendar due|load`: what they print, as sentences and as JSON, and exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app.bootstrap.setting_up import set_up
from app.cli import register_commands
from app.config import read_config
from app.db.installation import PRODUCTION
from app.web import create_app
from app.web.extensions import db, house
from tests.schedules import rows_of_2027, schedule_file


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An installation with nothing but its calendar."""
    monkeypatch.setenv("TITLES_DATABASE", f"sqlite:///{tmp_path / 'titles.db'}")
    made = create_app(read_config(instance=tmp_path))
    register_commands(made)
    with made.app_context():
        set_up(house(), kind=PRODUCTION)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "2027.csv"
    found.write_bytes(schedule_file(rows_of_2027()).content)
    return found


def load(app: Flask, file: Path, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["calendar", "load", str(file), *options])


def test_dry_run_tells_days_and_deadlines_and_loads_nothing(app: Flask, file: Path) -> None:
    said = load(app, file, "--dry-run")
    told = json.loads(load(app, file, "--dry-run", "--json").stdout)

    assert (said.exit_code, said.stderr) == (0, "")
    assert "2027年2月20日（星期六）（全国）改为上班：春节调休上班" in said.stdout
    assert (told["new"], told["moved"], told["open"]) == (True, 0, 0)
    assert {"day": "2027-02-20", "region": None, "works": True, "provisional": True}.items() <= (
        next(day for day in told["days"] if day["day"] == "2027-02-20").items()
    )


def test_loading_says_the_version_and_again_that_nothing_is_new(app: Flask, file: Path) -> None:
    first = json.loads(load(app, file, "--label", "2027年", "--json").stdout)
    again = load(app, file)

    assert (first["version"], first["finished"], first["left"]) == (2, True, 0)
    assert again.exit_code == 0
    assert "日历没有新版本" in again.stdout
    assert json.loads(load(app, file, "--dry-run", "--json").stdout)["new"] is False


def test_a_bad_file_ends_with_one_and_says_every_row_on_stderr(app: Flask, tmp_path: Path) -> None:
    rows = rows_of_2027()
    rows[0]["day_type"], rows[1]["kind"] = "rest", "festival"
    bad = tmp_path / "bad.csv"
    bad.write_bytes(schedule_file(rows).content)

    for options in ((), ("--dry-run",), ("--dry-run", "--json")):
        said = load(app, bad, *options)
        assert (said.exit_code, said.stdout) == (1, "")
        assert "文件bad.csv" in said.stderr
        assert "第2行day_type列" in said.stderr
        assert "第3行kind列" in said.stderr


def test_due_names_the_days_that_were_counted(app: Flask) -> None:
    asked = ["calendar", "due", "2019-04-26", "5"]
    counted = ["2019-04-28", "2019-04-29", "2019-04-30", "2019-05-05", "2019-05-06"]

    said = app.test_cli_runner().invoke(args=asked)
    told = json.loads(app.test_cli_runner().invoke(args=[*asked, "--json"]).stdout)

    assert said.stdout.splitlines()[-1] == f"计入的工作日：{'、'.join(counted)}"
    assert told["counted"] == counted
