"""`flask process publish|export|list`: what a designer sees, and the way of a bundle elsewhere."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from app.cli.new_process import write_new_process
from app.config import ROOT, Config, read_config
from app.web import create_app
from app.web.extensions import db
from tests.copies import SQLITE, Copies
from tests.engine.houses import fill_house
from wsgi import register_commands

KEY, OTHER = "leave_request", "key_loan"
FORM = "forms/shared/review.form"
Command = Callable[..., Result]


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes every app that a test opened."""
    with ExitStack() as stack:
        yield stack


def commands(config: Config, opened: ExitStack, copies: Copies) -> Command:
    """Return what runs a command of an installation of its own."""
    url = opened.enter_context(copies.copy(SQLITE, "house", fill_house))
    app = create_app(replace(config, database_url=url))
    register_commands(app)

    def close() -> None:
        with app.app_context():
            db.engine.dispose()

    opened.callback(close)

    def run(*arguments: str) -> Result:
        return app.test_cli_runner().invoke(args=list(arguments))

    assert run("db-setup", "--demo").exit_code == 0
    return run


def installation(folder: Path, design: Path) -> Config:
    """Return settings whose designers' folders lie in a folder of the test."""
    config = read_config(instance=folder)
    return replace(config, workflows=design / "workflows", forms=design / "forms")


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """Two new procedures that share a form."""
    root = tmp_path / "design"
    shutil.copytree(ROOT / "forms/shared", root / "forms/shared")
    for key in (KEY, OTHER):
        write_new_process(key, workflows=root / "workflows", forms=root / "forms")
    return root


@pytest.fixture
def run(tmp_path: Path, design: Path, opened: ExitStack, copies: Copies) -> Command:
    """An installation that has published both procedures."""
    return commands(installation(tmp_path / "here", design), opened, copies)


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_dry_run_says_who_is_affected_and_why(run: Command, design: Path) -> None:
    edit(design / FORM, "同意", "准予")

    told = run("process", "publish", KEY, "--dry-run")
    data = json.loads(run("process", "publish", KEY, "--dry-run", "--json").stdout)
    listed = json.loads(run("process", "list", "--json").stdout)

    assert told.exit_code == 0
    assert f"{KEY} 新流程：版本 1 → 2，内容有变" in told.stdout
    assert f"{OTHER} 新流程：版本 1 → 2，用到有变的文件，一起发布" in told.stdout
    assert f"  改动 {FORM}" in told.stdout
    assert [(p["key"], p["reason"]) for p in data["processes"]] == [(KEY, "own"), (OTHER, "uses")]
    assert all(len(p["digest"]) == 64 for p in data["processes"])
    assert (data["dry_run"], data["published"]) == (True, False)
    assert {row["key"]: (row["version"], row["changed"]) for row in listed} == {
        KEY: (1, True), OTHER: (1, True),
    }  # fmt: skip


def test_publishing_says_what_was_done(run: Command, design: Path) -> None:
    edit(design / FORM, "同意", "准予")

    done = run("process", "publish", KEY, "--json", "--note", "用语")
    again = run("process", "publish")

    data = json.loads(done.stdout)
    assert (done.exit_code, data["published"]) == (0, True)
    assert [(p["old_version"], p["new_version"]) for p in data["processes"]] == [(1, 2), (1, 2)]
    assert "内容都没有变化" in again.stdout


def test_refusal_says_why_on_stderr_and_exits_with_1(run: Command, design: Path) -> None:
    edit(design / f"workflows/{KEY}/{KEY}.bpmn", 'formId="confirmation"', 'formId="confirm"')

    refused = run("process", "publish", KEY, "--json")

    assert refused.exit_code == 1
    assert "forms/leave_request/confirm.form" in refused.stderr
    assert "没有发布 leave_request" in refused.stderr
    data = json.loads(refused.stdout)
    assert data["published"] is False
    assert [f["code"] for f in data["findings"]] == ["check.form_missing"]


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_exported_version_is_published_elsewhere_with_the_same_digest(
    run: Command, design: Path, tmp_path: Path, opened: ExitStack, copies: Copies, kind: str
) -> None:
    target = tmp_path / ("taken" if kind == "folder" else "taken.zip")
    said = json.loads(run("process", "export", KEY, "--to", str(target), "--json").stdout)
    edit(design / f"workflows/{KEY}/{KEY}.bpmn", "单位审核", "部门审核")
    elsewhere = tmp_path / "elsewhere"
    if kind == "zip":
        with zipfile.ZipFile(target) as archive:
            archive.extractall(elsewhere)
    else:
        shutil.copytree(target, elsewhere)

    there = commands(installation(tmp_path / "there", elsewhere), opened, copies)
    checked = there("process", "check", KEY)
    tested = there("process", "test", KEY)
    listed = json.loads(there("process", "list", "--json").stdout)
    back = json.loads(
        there("process", "export", KEY, "--to", str(tmp_path / "back"), "--json").stdout
    )

    assert (checked.exit_code, tested.exit_code) == (0, 0)
    assert [(row["key"], row["version"]) for row in listed] == [(KEY, 1)]
    assert (back["digest"], back["files"]) == (said["digest"], said["files"])


def test_older_version_can_be_exported(run: Command, design: Path, tmp_path: Path) -> None:
    path = f"workflows/{KEY}/{KEY}.bpmn"
    edit(design / path, "单位审核", "部门审核")
    assert run("process", "publish", KEY).exit_code == 0

    for version in ("1", "2"):
        place = str(tmp_path / version)
        assert run("process", "export", KEY, "--version", version, "--to", place).exit_code == 0

    assert "单位审核" in (tmp_path / "1" / path).read_text(encoding="utf-8")
    assert "部门审核" in (tmp_path / "2" / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((KEY, "--version", "7"), "没有版本 7"),
        (("nobody",), "没有已发布的流程"),
        ((KEY, "--to", "."), "已经存在"),
    ],
)
def test_export_that_cannot_be(run: Command, arguments: tuple[str, ...], said: str) -> None:
    result = run("process", "export", *arguments)

    assert result.exit_code == 1
    assert said in result.stderr


def test_production_plays_the_scenarios_before_it_publishes(
    tmp_path: Path, design: Path, opened: ExitStack
) -> None:
    edit(design / f"workflows/{KEY}/scenarios/accepted.yaml", "state: UNIT", "state: DEPT")
    app = create_app(installation(tmp_path / "prod", design))
    register_commands(app)

    result = app.test_cli_runner().invoke(args=["db-setup"])
    with app.app_context():
        db.engine.dispose()

    assert result.exit_code == 1
    assert "DEPT" in result.stderr
