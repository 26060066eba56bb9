"""Random unary tests agree with an oracle of a few lines of Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.feel import shared

Test = tuple[str, Callable[[Any], bool]]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def literal(value: Any) -> str:
    if isinstance(value, date):
        return f'date("{value.isoformat()}")'
    return f'"{value}"' if isinstance(value, str) else str(value)


def one_of_these(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Test]:
    equal = values.map(lambda v: (literal(v), lambda x, v=v: x == v))
    compared = st.tuples(st.sampled_from(sorted(OPERATORS)), values).map(
        lambda t: (f"{t[0]} {literal(t[1])}", lambda x, t=t: OPERATORS[t[0]](x, t[1]))
    )
    ranges = st.tuples(values, values, st.booleans(), st.booleans()).map(_range)
    return st.one_of(equal, compared, ranges)


def _range(parts: tuple[Any, Any, bool, bool]) -> Test:
    low, high = sorted(parts[:2])
    left, right = parts[2:]
    text = f"{'[' if left else '('}{literal(low)}..{literal(high)}{']' if right else ')'}"
    return text, lambda x: (low <= x if left else low < x) and (x <= high if right else x < high)


VALUES = [
    st.integers(-50, 50),
    st.dates(date(2015, 1, 1), date(2030, 12, 31)),
    st.text(alphabet="甲乙丙𠮷ab", max_size=3),
]


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, Any, bool]:
    values = draw(st.sampled_from(VALUES))
    tests = draw(st.lists(one_of_these(values), min_size=1, max_size=4))
    value = draw(values)
    text = ", ".join(test for test, _ in tests)
    expected = any(oracle(value) for _, oracle in tests)
    if draw(st.booleans()):
        return f"not({text})", value, not expected
    return text, value, expected


@settings(max_examples=300, deadline=None)
@given(cases())
def test_unary_tests_agree_with_the_oracle(case: tuple[str, Any, bool]) -> None:
    text, value, expected = case

    assert shared().unary_test(text, value, {}) is expected
