"""One isolate for the tests of this folder; the limits' tests make their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.feel import BUNDLE, Feel


@pytest.fixture(scope="module")
def feel() -> Iterator[Feel]:
    feel = Feel(BUNDLE, timeout_ms=5000)
    yield feel
    feel.close()
