"""The pages of procedures follow their files: written, compared, and stale ones found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from app.config import read_config
from app.web import create_app
from app.web.extensions import db
from wsgi import register_commands

PAGE = "lost_certificate.md"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(read_config(instance=tmp_path))
    register_commands(made)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def written(app: Flask, tmp_path: Path) -> Path:
    """A folder with every page as it should be."""
    folder = tmp_path / "procedures"
    assert _docs(app, "--folder", str(folder)).exit_code == 0
    return folder


def _docs(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["docs", *arguments])


def test_committed_pages_follow_the_files(app: Flask) -> None:
    result = _docs(app, "--check")

    assert result.exit_code == 0, result.output


def test_page_tells_who_acts_when_and_by_which_clause(written: Path) -> None:
    page = (written / PAGE).read_text(encoding="utf-8")

    assert "谁可以发起：个人" in page
    row = next(line for line in page.splitlines() if "**单位审核**" in line)
    assert "单位管理员" in row
    assert "5个工作日" in row
    assert "柳职办〔2019〕17号 三3" in row
    assert "**公示闸门**" in page
    assert "申请未通过（N05）" in page
    assert "遗失补办：未公示不能提交" in page


@pytest.mark.parametrize("harm", ["changed", "missing", "foreign"])
def test_check_finds_a_page_that_does_not_follow(app: Flask, written: Path, harm: str) -> None:
    name = "gone_procedure.md" if harm == "foreign" else PAGE
    if harm == "missing":
        (written / PAGE).unlink()
    else:
        (written / name).write_text("手改的内容", encoding="utf-8")

    before = _docs(app, "--check", "--folder", str(written))
    _docs(app, "--folder", str(written))
    after = _docs(app, "--check", "--folder", str(written))

    assert before.exit_code == 1
    assert name in before.stderr
    assert after.exit_code == 0
