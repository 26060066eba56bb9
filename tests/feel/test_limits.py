"""What an expression cannot do to the process that evaluates it."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.feel import BUNDLE, Feel, FeelError, Place
from app.feel.isolate import Isolate
from app.feel.language import MOST_ATTEMPTS
from app.messages import sentence

ENDLESS = "=for i in 1..1000000000 return i"
BACKTRACKING = '=matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")'
HUNGRY = "=for a in 1..100000, b in 1..100000 return [string(a), string(b)]"


@pytest.fixture
def feel() -> Iterator[Feel]:
    feel = Feel(BUNDLE, timeout_ms=300, memory_mb=64)
    yield feel
    feel.close()


@pytest.mark.parametrize("expression", [ENDLESS, BACKTRACKING])
def test_a_long_evaluation_is_stopped_and_the_next_one_works(feel: Feel, expression: str) -> None:
    started = time.monotonic()
    with pytest.raises(FeelError) as caught:
        feel.evaluate([expression], {}, place=Place("a.bpmn", "task", "condition"))

    assert caught.value.code == "feel.timeout"
    assert "300 毫秒" in sentence(caught.value)
    assert time.monotonic() - started < 5
    assert feel.evaluate(["=1 + 1"], {}) == [2]


@pytest.mark.parametrize(("used", "calls"), [(0.0, MOST_ATTEMPTS), (0.2, 1)])
def test_only_a_starved_evaluation_is_tried_again(
    feel: Feel, monkeypatch: pytest.MonkeyPatch, used: float, calls: int
) -> None:
    made: list[str] = []
    spent = itertools.count(0.0, used)
    monkeypatch.setattr("app.feel.language.process_time", lambda: next(spent))
    call = Isolate.call

    def counted(isolate: Isolate, function: str, request: str) -> str:
        made.append(function)
        return call(isolate, function, request)

    monkeypatch.setattr(Isolate, "call", counted)

    with pytest.raises(FeelError):
        feel.evaluate([ENDLESS], {})

    assert len(made) == calls


def test_exhausted_memory_stops_the_evaluation_and_the_next_one_works() -> None:
    feel = Feel(BUNDLE, timeout_ms=60_000, memory_mb=32)

    with pytest.raises(FeelError) as caught:
        feel.evaluate([HUNGRY], {})

    assert caught.value.code == "feel.memory"
    assert "32 MB" in sentence(caught.value)
    assert feel.evaluate(["=1 + 1"], {}) == [2]
    feel.close()


def test_endless_recursion_is_an_error_of_the_expression(feel: Feel) -> None:
    with pytest.raises(FeelError) as caught:
        feel.evaluate(["=(function(f) f(f))(function(f) f(f))"], {})

    assert caught.value.code == "feel.failed"
    assert feel.evaluate(["=1 + 1"], {}) == [2]


def test_deeply_nested_data_is_an_error_and_not_a_crash(feel: Feel) -> None:
    nested: Any = 1
    for _ in range(100_000):
        nested = [nested]

    with pytest.raises(FeelError) as caught:
        feel.evaluate(["=a"], {"a": nested})

    assert caught.value.code in ("feel.no_value", "feel.failed")


@pytest.mark.parametrize(("calls", "length"), [(2500, 2000), (800, 20_000)])
def test_many_calls_do_not_fill_the_memory(calls: int, length: int) -> None:
    feel = Feel(BUNDLE, timeout_ms=5000, memory_mb=64)
    text = "长" * length

    for number in range(calls):
        assert feel.evaluate(["=n"], {"n": number, "text": text}) == [number]
    feel.close()


def test_threads_share_one_isolate() -> None:
    feel = Feel(BUNDLE, timeout_ms=5000)

    def work(number: int) -> Any:
        return feel.evaluate(["=n * n", '=string(n) + "号"'], {"n": number})

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(400)))

    assert results == [[n * n, f"{n}号"] for n in range(400)]
    feel.close()


def test_threads_survive_the_mistake_of_one(feel: Feel) -> None:
    def work(number: int) -> Any:
        try:
            return feel.evaluate([ENDLESS if number == 3 else "=n"], {"n": number})[0]
        except FeelError as error:
            return error.code

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(12)))

    assert results == [0, 1, 2, "feel.timeout", 4, 5, 6, 7, 8, 9, 10, 11]


def _evaluate_in_child(feel: Feel, answers: Any) -> None:
    answers.put((os.getpid(), feel.evaluate(["=40 + 2"], {})))


def test_a_forked_process_makes_its_own_isolate() -> None:
    feel = Feel(BUNDLE)
    feel.evaluate(["=1"], {})
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    child = context.Process(target=_evaluate_in_child, args=(feel, answers))
    child.start()
    pid, result = answers.get(timeout=20)
    child.join(20)

    assert (pid, result, child.exitcode) == (child.pid, [42], 0)
    assert feel.evaluate(["=1 + 2"], {}) == [3]
    feel.close()
