"""One running demo for the browser tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.live import Demo, running_demo


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A fresh demo."""
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
