"""FEEL as process files use it: values, names, functions of the host, errors with their place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from app.clock import SHANGHAI
from app.feel import BUNDLE, Feel, FeelError, FeelSyntaxError, Place
from app.messages import sentence

PLACE = Place("workflows/a/a.bpmn", "unit_review", "candidateGroups")


def value(feel: Feel, expression: str, **context: Any) -> Any:
    return feel.evaluate([f"={expression}"], context)[0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ('if level = "高级" then 20 else 10', 20),
        ('level in ("高级", "正高级")', True),
        ("count(scores[item >= 60])", 2),
        ("every s in scores satisfies s > 50", True),
        ("some s in scores satisfies s > 90", False),
        ("path.unit", "DW-005"),
        ("path.county.name", None),
        ("for s in scores return s + 1", [56, 71, 81]),
        ('{"甲": 1, 乙: 2}', {"甲": 1, "乙": 2}),
        ("string length(name)", 2),
        ("null", None),
        ("sum([])", None),
    ],
)
def test_expressions_have_their_value(feel: Feel, expression: str, expected: Any) -> None:
    context = {
        "level": "高级",
        "scores": [55, 70, 80],
        "path": {"unit": "DW-005", "county": None},
        "name": "𠮷田",
    }

    assert feel.evaluate([f"={expression}"], context) == [expected]


def test_texts_without_equals_sign_are_returned_as_they_are(feel: Feel) -> None:
    assert feel.evaluate(["R-UADM", "=1 + 1", "", "=a"], {"a": "x"}) == ["R-UADM", 2, "", "x"]


def test_a_batch_of_plain_texts_needs_no_isolate() -> None:
    assert Feel(BUNDLE.with_name("missing.js")).evaluate(["P5D"], {}) == ["P5D"]


def test_unknown_names_are_null(feel: Feel) -> None:
    assert feel.evaluate(["=nobody", "=nobody.home", "=nobody = null"], {}) == [None, None, True]


def test_host_function_role_names_a_candidate_group(feel: Feel) -> None:
    context = {"path": {"unit": "DW-005", "department": None}}

    assert feel.evaluate(['=role("R-UADM", path.unit)'], context) == ["R-UADM@DW-005"]
    assert feel.evaluate(['=role("R-UADM", path.department)'], context) == [None]


def test_dates_of_python_are_dates_of_feel(feel: Feel) -> None:
    context = {
        "submitted": date(2024, 2, 29),
        "now": datetime(2026, 11, 20, 23, 30, tzinfo=SHANGHAI),
        "local": datetime(2026, 11, 20, 9, 0),  # noqa: DTZ001
        "opening": time(8, 30),
        "patience": timedelta(days=1, hours=2),
    }

    assert feel.evaluate(
        [
            '=submitted + duration("P2Y")',
            "=date(now)",
            "=now",
            '=local + duration("PT1H")',
            "=opening.hour",
            "=patience",
            "=submitted.year",
            '=submitted < date("2024-03-01")',
        ],
        context,
    ) == [
        "2026-02-28",
        "2026-11-20",
        "2026-11-20T23:30:00+08:00",
        "2026-11-20T10:00:00",
        8,
        "P1DT2H",
        2024,
        True,
    ]


def test_utc_instants_keep_their_offset(feel: Feel) -> None:
    instant = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)

    assert feel.evaluate(
        ["=instant = other"], {"instant": instant, "other": instant.astimezone(SHANGHAI)}
    ) == [True]


def test_other_python_values_have_a_feel_value(feel: Feel) -> None:
    context = {
        "groups": frozenset({"b", "a"}),
        "pair": (1, 2),
        "amount": Decimal("12.50"),
        "whole": Decimal("12"),
        "mapping": MappingProxyType({"k": 1}),
    }

    assert feel.evaluate(["=groups", "=pair", "=amount", "=whole", "=mapping.k"], context) == [
        ["a", "b"], [1, 2], 12.5, 12, 1,
    ]  # fmt: skip


def test_a_value_without_feel_value_is_refused(feel: Feel) -> None:
    with pytest.raises(FeelError) as caught:
        feel.evaluate(["=a"], {"a": object()}, place=PLACE)

    assert caught.value.code == "feel.no_value"


def test_numbers_that_would_lose_digits_are_refused(feel: Feel) -> None:
    with pytest.raises(FeelError) as caught:
        value(feel, "a", a=[{"b": 2**53 + 1}])

    assert caught.value.code == "feel.number_too_long"
    assert value(feel, "a", a=2**53 - 1) == 2**53 - 1


def test_data_cannot_pretend_to_be_a_date(feel: Feel) -> None:
    forged = {"@feel": "date", "text": "2026-01-01"}

    assert value(feel, "a", a=forged) == forged


def test_legal_time_comes_from_the_context(feel: Feel) -> None:
    context = {"now": datetime(2015, 5, 1, 8, 0, tzinfo=SHANGHAI), "today": date(2015, 5, 1)}

    assert feel.evaluate(
        ["=now()", "=today()", "=today", '=today ( ) + duration("P1D")', "=now().year"], context
    ) == ["2015-05-01T08:00:00+08:00", "2015-05-01", "2015-05-01", "2015-05-02", 2015]


@pytest.mark.parametrize("name", ["now", "today"])
def test_the_machines_clock_is_never_read(feel: Feel, name: str) -> None:
    with pytest.raises(FeelError) as caught:
        feel.evaluate([f"={name}()"], {}, place=PLACE)

    assert caught.value.code == "feel.no_clock"
    assert f"{name}()" in sentence(caught.value)
    assert value(feel, name) is None
    assert value(feel, f"{{f: {name}}}.f") is None


@pytest.mark.parametrize(
    ("expression", "code", "position"),
    [
        ("1 +", "feel.incomplete", 4),
        ("𠮷 + )", "feel.syntax", 5),
        ("a[", "feel.incomplete", 3),
        ("高级 = ) 1", "feel.syntax", 6),
        ("", "feel.empty", None),
        ("  ", "feel.empty", None),
    ],
)
def test_syntax_errors_carry_place_and_position(
    feel: Feel, expression: str, code: str, position: int | None
) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        feel.evaluate(["=1", f"={expression}"], {}, place=PLACE)

    error = caught.value
    assert error.code == code
    assert error.fields["position"] == position
    assert error.fields["expression"] == expression
    assert error.fields["index"] == 1
    assert (error.fields["file"], error.fields["element"]) == (PLACE.file, PLACE.element)
    assert "unit_review" in sentence(error)


@pytest.mark.parametrize(
    "expression", ['d > date("2026-11-01")', '"a" > 3', "3 in [d..d]", "t between 1 and 3"]
)
def test_comparing_unlike_values_is_an_error_and_not_false(feel: Feel, expression: str) -> None:
    with pytest.raises(FeelError) as caught:
        value(feel, expression, d="2026-11-20", t="2")

    assert caught.value.code == "feel.not_comparable"
    assert "比较了不同类型" in sentence(caught.value)


def test_comparing_with_nothing_stays_null_or_false(feel: Feel) -> None:
    assert not value(feel, "missing > 3")
    assert value(feel, "score >= 3", score=None) in (None, False)


@pytest.mark.parametrize(
    ("tests", "tested", "expected"),
    [
        ('"卫生","教育"', "教育", True),
        ('not("卫生")', "卫生", False),
        ("[60..80]", 80, True),
        ("[60..80)", 80, False),
        (">= limit", 5, True),
        ("-", None, True),
        ("null", None, True),
        ('? in ("a","b")', "b", True),
        ('string length(?) > 1 and ? != "𠮷𠮷"', "𠮷", False),
        ('< date("2026-01-01")', date(2025, 12, 31), True),
    ],
)
def test_unary_tests(feel: Feel, tests: str, tested: Any, expected: bool) -> None:
    assert feel.unary_test(tests, tested, {"limit": 5}) is expected


@pytest.mark.parametrize(
    "expression",
    [
        'constructor.constructor("return 1")()',
        "a.constructor",
        "a.__proto__",
        "__proto__",
        "(function(x) x).fn.constructor",
        "(function(x) x).constructor",
        "count.constructor",
        'get value(a, "constructor")',
        'get value(a, "__proto__")',
        "globalThis",
        "feel",
        "process",
        '"".constructor',
        "[].constructor",
        "toString",
        "__import__",
    ],
)
def test_nothing_of_python_or_javascript_is_reachable(feel: Feel, expression: str) -> None:
    try:
        result = value(feel, expression, a={})
    except FeelError:
        result = None

    assert result is None or result == []
    assert value(feel, "1 + 1") == 2


def test_data_named_like_a_prototype_changes_nothing(feel: Feel) -> None:
    context = {"__proto__": {"polluted": 1}, "a": {"__proto__": {"b": 2}, "constructor": 3}}

    feel.evaluate(["=a", '=context put(a, "__proto__", {c: 1})', "={__proto__: {d: 1}}"], context)

    assert feel.evaluate(["=polluted", "=x.b", "=x.d"], {"x": {}}) == [None, None, None]


def test_two_isolates_do_not_see_each_other() -> None:
    first, second = Feel(BUNDLE), Feel(BUNDLE)

    assert first.evaluate(["=a"], {"a": 1}) == [1]
    assert second.evaluate(["=a"], {}) == [None]
    first.close()
    second.close()


def test_a_missing_bundle_says_what_to_do() -> None:
    with pytest.raises(FeelError) as caught:
        Feel(BUNDLE.with_name("missing.js")).evaluate(["=1"], {})

    assert "make setup" in sentence(caught.value)


def test_all_functions_are_known(feel: Feel) -> None:
    known = feel.functions()

    assert {"role", "now", "today", "date and time", "string length", "count"} <= known
    assert "@" not in known
    assert "is defined" not in known


@pytest.fixture
def own() -> Iterator[Feel]:
    feel = Feel(BUNDLE)
    yield feel
    feel.close()


def test_names_that_change_parsing_do_not_share_a_compiled_expression(own: Feel) -> None:
    assert own.evaluate(["=a-b"], {"a": 5, "b": 3}) == [2]
    assert own.evaluate(["=a-b"], {"a-b": 7, "a": 5, "b": 3}) == [7]
    assert own.evaluate(["=a-b"], {"a": 5, "b": 4}) == [1]
    assert own.evaluate(["=x.a-b"], {"x": {"a-b": 1}, "b": 9}) == [1]
    assert own.evaluate(["=x.a-b"], {"x": {"a": 10}, "b": 9, "y": {"a-b": 1}}) == [1]


def test_a_cached_expression_sees_each_context_anew(own: Feel) -> None:
    results = [own.evaluate(["=n * 2", "=nobody"], {"n": n})[0] for n in range(50)]

    assert results == [2 * n for n in range(50)]
    assert own.call("cached", {})["expressions"] == 2


def test_the_cache_is_bounded(own: Feel) -> None:
    limit = own.call("cached", {})["limit"]
    for start in range(0, limit + 500, 500):
        own.evaluate([f"={n} + a" for n in range(start, start + 500)], {"a": 1})

    assert own.call("cached", {})["expressions"] == limit
    assert own.evaluate(["=0 + a", f"={limit} + a"], {"a": 1}) == [1, limit + 1]
