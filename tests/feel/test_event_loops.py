"""FEEL inside a running event loop, where mini_racer alone would refuse or wait for ever."""

from __future__ import annotations

import asyncio

from app.feel import Feel
from app.feel.language import BUNDLE


def test_evaluates_while_an_event_loop_runs_in_the_same_thread() -> None:
    async def inside() -> list[object]:
        feel = Feel(BUNDLE, timeout_ms=5000)
        try:
            return feel.evaluate(["=1 + 1"], {})
        finally:
            feel.close()

    assert asyncio.run(inside()) == [2]


def test_isolate_made_outside_is_used_inside_a_loop() -> None:
    feel = Feel(BUNDLE, timeout_ms=5000)
    assert feel.evaluate(["=1"], {}) == [1]

    async def inside() -> list[object]:
        return feel.evaluate(["=2 * 3"], {})

    assert asyncio.run(inside()) == [6]
    feel.close()
