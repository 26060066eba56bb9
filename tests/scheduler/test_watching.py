"""In a demo a saved file is checked and published at once, or its error is told."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap import House
from app.engine.bundles import latest
from app.scheduler.watching import FolderWatch
from tests.engine.houses import PACKAGES, Stage

DRAWING = "workflows/reading_room/reading_room.bpmn"


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> House:
    """A house whose designers' folders hold one good procedure."""
    for name in ("workflows/reading_room", "forms/reading_room"):
        shutil.copytree(PACKAGES / name, tmp_path / name)
    shutil.copy(PACKAGES / "workflows/legal_basis.toml", tmp_path / "workflows")
    config = replace(stage.house.config, workflows=tmp_path / "workflows", forms=tmp_path / "forms")
    return replace(stage.house, config=config)


def save(house: House, path: str, old: str, new: str) -> None:
    """Save a file with a change, a second later than before."""
    file = house.config.workflows.parent / path
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    later = file.stat().st_mtime_ns + 1_000_000_000
    os.utime(file, ns=(later, later))


def version(house: House) -> int | None:
    """Return the newest version published."""
    with house.unit_of_work() as session:
        found = latest(session, "reading_room")
        return None if found is None else found.version


def test_untouched_folder_is_not_published(desk: House) -> None:
    told: list[str] = []

    FolderWatch(desk, tell=told.append).look()

    assert (told, version(desk)) == ([], None)


def test_saved_file_is_published(desk: House) -> None:
    told: list[str] = []
    watch = FolderWatch(desk, tell=told.append)

    save(desk, DRAWING, "核对申请", "初步核对")
    watch.look()
    watch.look()

    assert (len(told), version(desk), desk.designer_errors) == (1, 1, [])


def test_error_is_told_and_shown_until_it_is_mended(desk: House) -> None:
    told: list[str] = []
    watch = FolderWatch(desk, tell=told.append)

    save(desk, DRAWING, 'formId="check"', 'formId="chek"')
    watch.look()
    shown = list(desk.designer_errors)
    save(desk, DRAWING, 'formId="chek"', 'formId="check"')
    watch.look()

    assert shown == told[:1]
    assert "chek" in shown[0]
    assert (desk.designer_errors, version(desk)) == ([], 1)


def test_half_saved_file_does_not_stop_the_watch(desk: House) -> None:
    told: list[str] = []
    watch = FolderWatch(desk, tell=told.append)

    save(desk, DRAWING, "</bpmn:definitions>", "")
    watch.look()

    assert version(desk) is None
    assert len(told) == 1
