"""One running demo for the browser tests of a process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.browser.live import Demo, found_demo, running_demo
from tests.copies import SQLITE, Copies


@pytest.fixture
def demo(founded: Path, copies: Copies, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A fresh demo."""
    folder = tmp_path_factory.mktemp("demo") / "instance"
    shutil.copytree(founded, folder)
    with (
        copies.copy(SQLITE, "demo", partial(found_demo, founded)) as url,
        running_demo(folder, url) as running,
    ):
        yield running
