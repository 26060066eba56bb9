"""FEEL, evaluated by feelin inside a V8 isolate: the same interpreter as in modeler and forms.

A `Feel` makes its isolate on first use, serialises the threads that call it, and replaces the
isolate after a timeout, after an exhausted memory limit and after a fork.
"""

from __future__ import annotations

import atexit
import json
import os
import threading
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

from app.feel.errors import FeelError, Place, failure
from app.feel.isolate import Isolate, Spent
from app.feel.values import encode

BUNDLE = Path(__file__).parents[1] / "web" / "static" / "dist" / "feel.js"
# Characters of JSON that go in or come out in one call.
LARGEST = 4_000_000
# Wall-clock time: generous, because a busy machine must not turn a rule into an incident.
TIMEOUT_MS = 1000
MEMORY_MB = 48  # of V8's heap; the process grows by some 150 more before V8 notices
# How often a call is tried that ran into the time limit without having used the processor.
MOST_ATTEMPTS = 5
STARVED = 0.25  # the share of the time limit; all attempts together stay under two seconds


@dataclass(frozen=True)
class Analysis:
    """What an expression reads and calls.

    `names` holds every free name; those also in `in_filters` stand only inside filters such as
    `items[price > 3]`, where they may as well be properties of the elements.
    """

    names: frozenset[str]
    functions: frozenset[str]
    paths: frozenset[str]
    in_filters: frozenset[str]


class Feel:
    """One lazily made isolate; safe to share between threads."""

    def __init__(
        self, bundle: Path, *, timeout_ms: int | None = None, memory_mb: int = MEMORY_MB
    ) -> None:
        self._bundle = bundle
        self._timeout_ms = timeout_ms or TIMEOUT_MS
        self._memory_mb = memory_mb
        self._lock = threading.Lock()
        self._isolate: Isolate | None = None
        self._functions: frozenset[str] | None = None
        _living.add(self)

    def evaluate(
        self,
        expressions: Sequence[str],
        context: Mapping[str, Any],
        *,
        place: Place | None = None,
    ) -> list[Any]:
        """Evaluate a batch in one call; texts without a leading `=` are returned as they are."""
        wanted = [text[1:] for text in expressions if text.startswith("=")]
        if not wanted:
            return list(expressions)
        request = {"expressions": wanted, "context": context}
        values = iter(self._perform("evaluate", request, wanted, place))
        return [next(values) if text.startswith("=") else text for text in expressions]

    def unary_test(
        self,
        tests: str,
        value: Any,
        context: Mapping[str, Any],
        *,
        place: Place | None = None,
    ) -> bool:
        """Say whether a value passes tests such as `[60..80]` or `"卫生","教育"`."""
        request = {"tests": tests, "value": value, "context": context}
        return self._perform("unaryTest", request, [tests], place)[0] is True

    def analyse(
        self,
        expression: str,
        *,
        unary: bool = False,
        known: Iterable[str] = (),
        place: Place | None = None,
    ) -> Analysis:
        """Return free names and called functions; `known` are names with signs such as `a-b`."""
        return self.analyse_many([(expression, unary)], known=known, place=place)[0]

    def analyse_many(
        self,
        expressions: Sequence[tuple[str, bool]],
        *,
        known: Iterable[str] = (),
        place: Place | None = None,
    ) -> list[Analysis]:
        """Analyse (expression, unary) pairs in one call; raises FeelSyntaxError with `index`."""
        names = list(known)
        entries = [{"text": text, "unary": unary, "known": names} for text, unary in expressions]
        texts = [text for text, _ in expressions]
        return [
            Analysis(
                names=frozenset(found["names"]),
                functions=frozenset(found["functions"]),
                paths=frozenset(found["paths"]),
                in_filters=frozenset(found["names"]) - frozenset(found["certain"]),
            )
            for found in self._perform("analyse", {"entries": entries}, texts, place)
        ]

    def functions(self) -> frozenset[str]:
        """Return the names of all functions that an expression may call."""
        if self._functions is None:
            self._functions = frozenset(self.call("functions", {}))
        return self._functions

    def call(self, function: str, payload: Any) -> Any:
        """Call a function of the bundle, such as the evaluation of a whole decision table."""
        return self._perform(function, payload, [], None)

    def close(self) -> None:
        """Give the isolate back; the next call makes another."""
        with self._lock:
            self._replace()

    def _perform(
        self, function: str, request: Any, texts: Sequence[str], place: Place | None
    ) -> Any:
        everything = "; ".join(texts)
        try:
            answer = self._answer(function, request)
        except Spent as spent:
            raise FeelError(
                spent.code, place=place, expression=everything, reason=spent.reason,
                timeout_ms=self._timeout_ms, memory_mb=self._memory_mb,
            ) from spent  # fmt: skip
        except (TypeError, ValueError, RecursionError) as error:
            raise FeelError(
                "feel.no_value", place=place, expression=everything, reason=str(error)
            ) from error
        if "failure" not in answer:
            return answer["values"]
        found = answer["failure"]
        index = found["index"]
        expression = texts[index] if index < len(texts) else ""
        fields = {**found["fields"], "index": index}
        raise failure(found["code"], fields, expression=expression, place=place)

    def _answer(self, function: str, request: Any) -> dict[str, Any]:
        with self._lock:
            text = self._called(function, request)
        if len(text) > LARGEST:
            raise FeelError("feel.too_large", most=LARGEST)
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _called(self, function: str, request: Any) -> str:
        """Call the isolate; when the machine hardly let it work, again in a new one."""
        attempt = 1
        while True:
            isolate = self._isolate or self._start()
            encoded = encode(request, isolate.tag)
            if len(encoded) > LARGEST:
                raise FeelError("feel.too_large", most=LARGEST)
            begun = process_time()
            try:
                return isolate.call(function, encoded)
            except Spent as spent:
                self._replace()
                # The limit counts the time of day; on a busy machine little of it was ours.
                starved = process_time() - begun < self._timeout_ms / 1000 * STARVED
                if spent.code != "feel.timeout" or not starved or attempt == MOST_ATTEMPTS:
                    raise
            attempt += 1

    def _start(self) -> Isolate:
        if not self._bundle.is_file():
            raise FeelError("feel.no_bundle", bundle=self._bundle.name)
        self._isolate = Isolate(
            self._bundle.read_text("utf-8"), timeout_ms=self._timeout_ms, memory_mb=self._memory_mb
        )
        return self._isolate

    def _replace(self) -> None:
        isolate, self._isolate = self._isolate, None
        if isolate is not None:
            isolate.close()

    def _forked(self) -> None:
        """Leave the parent's isolate alone; its lock may be held by a thread that is gone."""
        self._lock = threading.Lock()
        isolate, self._isolate = self._isolate, None
        if isolate is not None:
            isolate.abandon()


_living: weakref.WeakSet[Feel] = weakref.WeakSet()


def _after_fork() -> None:
    for feel in list(_living):
        feel._forked()


def _at_exit() -> None:
    # An isolate that is still open when the interpreter ends waits for ever for its own thread.
    for feel in list(_living):
        feel.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


@cache
def shared() -> Feel:
    """Return this process's isolate with the built bundle."""
    return Feel(BUNDLE)
