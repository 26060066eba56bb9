"""Calling libraries that start an event loop of their own from wherever the caller happens to be.

mini_racer and pyHanko refuse, or wait for ever, when their thread already runs a loop; such threads
exist in servers and tools that are asynchronous themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import TypeVar

T = TypeVar("T")


def outside_event_loops(run: Callable[[], T]) -> T:
    """Run at once, or in another thread when this one runs an event loop; errors come through.

    Context variables are empty inside: a loop that lives on would keep all they hold alive.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return Context().run(run)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(run).result()
