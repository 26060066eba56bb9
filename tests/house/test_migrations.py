"""The migrations are one line from the first to the last."""

from __future__ import annotations

from tools.check_migrations import heads


def test_there_is_exactly_one_head() -> None:
    assert len(heads()) == 1
