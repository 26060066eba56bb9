"""One V8 isolate with the FEEL bundle: texts in, texts out, with a time and a memory limit.

Nothing of Python is reachable from inside. An isolate that hit a limit is spent:
`app.feel.language` throws it away and makes another.
"""

from __future__ import annotations

import ctypes
import json
import secrets
from collections.abc import Callable
from contextlib import suppress

from py_mini_racer import (
    DEFAULT_V8_FLAGS,
    JSEvalException,
    JSOOMException,
    JSTimeoutException,
    MiniRacer,
    init_mini_racer,
)

from app.event_loops import outside_event_loops

MEGABYTE = 1024 * 1024
# The share of its memory that calls may fill with their own text before V8 is told to collect.
SHARE_OF_SCRIPTS = 16
# With memory protection keys V8 may be used by descendants of the thread that started it only; a
# scheduler's or a web server's other threads would crash the process.
V8_FLAGS = (*DEFAULT_V8_FLAGS, "--no-memory-protection-keys")


class Spent(Exception):
    """The isolate must not be used again; `code` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class Isolate:
    """A running isolate; not thread-safe, its owner serialises the calls."""

    def __init__(self, source: str, *, timeout_ms: int, memory_mb: int) -> None:
        self.tag = f"@{secrets.token_hex(12)}"
        self._timeout = timeout_ms / 1000
        self._most_scripts = memory_mb * MEGABYTE // SHARE_OF_SCRIPTS
        self._scripts = 0
        self._racer = outside_event_loops(lambda: self._begin(source, memory_mb))

    def _begin(self, source: str, memory_mb: int) -> MiniRacer:
        init_mini_racer(flags=V8_FLAGS, ignore_duplicate_init=True)
        racer = MiniRacer()
        racer.set_hard_memory_limit(memory_mb * MEGABYTE)
        racer.eval(source)
        racer.eval(f"feel.tagWith({json.dumps(self.tag)})")
        return racer

    def call(self, function: str, request: str) -> str:
        """Call a function of the bundle with one JSON text; raises Spent."""
        return outside_event_loops(lambda: self._call(function, request))

    def _call(self, function: str, request: str) -> str:
        script = f"feel.call({json.dumps(function)},{json.dumps(request)})"
        self._scripts += len(script)
        if self._scripts > self._most_scripts:
            # Each call is a script; V8 keeps their sources until it is told to collect.
            self._racer.low_memory_notification()
            self._scripts = 0
        return self._limited(lambda: str(self._racer.eval(script, timeout_sec=self._timeout)))

    def _limited(self, run: Callable[[], str]) -> str:
        try:
            return run()
        except JSTimeoutException as error:
            raise Spent("feel.timeout", str(error)) from error
        except JSOOMException as error:
            raise Spent("feel.memory", str(error)) from error
        except JSEvalException as error:
            code = "feel.memory" if self._racer.was_hard_memory_limit_reached() else "feel.failed"
            raise Spent(code, str(error)) from error

    def close(self) -> None:
        """Give thread and memory back."""
        outside_event_loops(self._close)

    def _close(self) -> None:
        with suppress(JSEvalException):
            # An interrupted script still reports its end; this one is answered after it.
            self._racer.eval("0", timeout_sec=self._timeout)
        self._racer.close()

    def abandon(self) -> None:
        """Keep the isolate of the parent process for ever: after a fork its threads are gone, and
        even freeing it would hang or abort the child."""
        for part in (self, self._racer, self._racer._own_context_maker, self._racer._ctx):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(part))
