"""FEEL inside a running event loop, where mini_racer alone would refuse or wait for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.feel import Feel
from app.feel.language import BUNDLE


def _in_a_loop(inside: Callable[[], Coroutine[Any, Any, list[object]]]) -> list[object]:
    """Run in a thread of its own: Playwright keeps a loop running in the one of the tests."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(inside())).result()


def test_evaluates_while_an_event_loop_runs_in_the_same_thread() -> None:
    async def inside() -> list[object]:
        feel = Feel(BUNDLE, timeout_ms=5000)
        try:
            return feel.evaluate(["=1 + 1"], {})
        finally:
            feel.close()

    assert _in_a_loop(inside) == [2]


def test_isolate_made_outside_is_used_inside_a_loop() -> None:
    feel = Feel(BUNDLE, timeout_ms=5000)
    assert feel.evaluate(["=1"], {}) == [1]

    async def inside() -> list[object]:
        return feel.evaluate(["=2 * 3"], {})

    assert _in_a_loop(inside) == [6]
    feel.close()
