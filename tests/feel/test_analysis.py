"""Which names an expression reads and which functions it calls."""

from __future__ import annotations

import pytest

from app.feel import Feel, FeelSyntaxError, Place


@pytest.mark.parametrize(
    ("expression", "names", "functions"),
    [
        ("a + b.c", {"a", "b"}, set()),
        ("级别 = 路径.单位", {"级别", "路径"}, set()),
        ('role("R-UADM", path.unit)', {"path"}, {"role"}),
        ("for x in xs, y in x.ys return x + y + z", {"xs", "z"}, set()),
        ("for x in x return x", {"x"}, set()),
        ("for i in 1..n return partial", {"n"}, set()),
        ("(for x in xs return x)[1] + x", {"xs", "x"}, set()),
        ("some x in xs satisfies x > limit", {"xs", "limit"}, set()),
        ("every x in xs satisfies x.ok", {"xs"}, set()),
        ("function(a, b) a + b + c", {"c"}, set()),
        ("{a: b, c: a + d}", {"b", "d"}, set()),
        ('{"名称": b, c: 名称}', {"b"}, set()),
        ("{f: function(x) x + y, r: f(1)}.r", {"y"}, set()),
        ("items[price > limit].name", {"items", "price", "limit"}, set()),
        ("votes[item = wanted]", {"votes", "wanted"}, set()),
        ("count(votes[item = 1]) > 2", {"votes"}, {"count"}),
        ("x instance of number", {"x"}, set()),
        ('date and time(s) > date("2020-01-01")', {"s"}, {"date and time", "date"}),
        ("years and months duration(from: a, to: b)", {"a", "b"}, {"years and months duration"}),
        ("string length(姓名)", {"姓名"}, {"string length"}),
        ("sort(l, function(x, y) x < y)", {"l"}, {"sort"}),
        ("today() > now", {"today", "now"}, {"today"}),
        ("is defined(x)", {"x"}, {"is defined"}),
        ("a.f(3)", {"a"}, set()),
        ("if a then b else c", {"a", "b", "c"}, set()),
        ("x between a and b", {"x", "a", "b"}, set()),
        ("x in (1, y)", {"x", "y"}, set()),
        ('"text" + null + true', set(), set()),
    ],
)
def test_free_names_and_called_functions(
    feel: Feel, expression: str, names: set[str], functions: set[str]
) -> None:
    analysis = feel.analyse(expression)

    assert analysis.names == names
    assert analysis.functions == functions


def test_names_in_filters_may_be_properties(feel: Feel) -> None:
    analysis = feel.analyse("items[price > limit and sure].name + sure")

    assert analysis.in_filters == {"price", "limit"}


def test_paths_are_written_with_dots(feel: Feel) -> None:
    assert feel.analyse("a.b.c + d + list.x[1].y").paths == {"a.b.c", "d", "list.x"}


def test_question_mark_of_unary_tests_is_no_name(feel: Feel) -> None:
    analysis = feel.analyse('? in ("a", b), >= count(c), ?.d', unary=True)

    assert analysis.names == {"b", "c"}
    assert analysis.functions == {"count"}


def test_known_names_may_hold_signs(feel: Feel) -> None:
    assert feel.analyse("a-b + 1", known=["a-b"]).names == {"a-b"}
    assert feel.analyse("a-b + 1").names == {"a", "b"}


def test_errors_carry_place_and_index(feel: Feel) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        feel.analyse_many([("a", False), ("b +", False)], place=Place("x.dmn", "fee", "inputEntry"))

    fields = caught.value.fields
    assert (fields["file"], fields["element"], fields["index"]) == ("x.dmn", "fee", 1)
    assert fields["position"] == 4
