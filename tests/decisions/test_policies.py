"""Hit policies: what a table answers for several matches, for none, and why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.decisions import Decision, DecisionError, Verdict, decide, parse_decisions
from app.feel import Feel
from app.messages import sentence
from tests.decisions.tables import Column, file_with, table

ORDER = '"高","中","低"'
SLOW_ISOLATE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LEVELS = st.lists(st.sampled_from(["高", "中", "低"]), max_size=6)
LIMIT = 10**9


def of(feel: Feel, part: str) -> Decision:
    return parse_decisions(file_with(part), "shared/level.dmn", feel=feel)[-1]


def levels(feel: Feel, policy: str, outputs: list[str]) -> Verdict:
    """Decide a table all of whose rules match."""
    rules = [(f"r{n}", ["-"], [f'"{text}"']) for n, text in enumerate(outputs)]
    part = table(
        "level", policy=policy, inputs=[Column("score", "number")],
        outputs=[Column("level", "string", values=ORDER)], rules=rules,
    )  # fmt: skip
    return decide(feel, of(feel, part), {"score": 1})


def scores(feel: Feel, aggregation: str, outputs: list[Any], test: str = "-") -> Verdict:
    part = table(
        "total", policy="COLLECT", extra=f'aggregation="{aggregation}"',
        inputs=[Column("score", "number")], outputs=[Column("points")],
        rules=[(f"r{n}", [test], [str(value)]) for n, value in enumerate(outputs)],
    )  # fmt: skip
    return decide(feel, of(feel, part), {"score": 1})


def test_any_answers_when_all_matching_rules_say_the_same(feel: Feel) -> None:
    verdict = levels(feel, "ANY", ["中", "中"])

    assert (verdict.output, verdict.matched) == ("中", ("r0", "r1"))


def test_any_with_different_outputs_is_an_error_naming_the_rules(feel: Feel) -> None:
    with pytest.raises(DecisionError) as caught:
        levels(feel, "ANY", ["中", "中", "低"])

    assert caught.value.code == "decisions.different_outputs"
    assert (caught.value.fields["file"], caught.value.fields["element"]) == (
        "shared/level.dmn", "level",
    )  # fmt: skip
    assert "r0、r1、r2" in sentence(caught.value)


def test_any_compares_contexts_lists_and_dates_by_value(feel: Feel) -> None:
    for text in ("{a: 1, b: [1, 2]}", 'date("2026-11-21")', "null"):
        part = table(
            "x", policy="ANY", inputs=[], outputs=[Column("x")],
            rules=[("a", [], [text]), ("b", [], [text])],
        )  # fmt: skip
        assert decide(feel, of(feel, part), {}).matched == ("a", "b")


def test_priority_answers_with_the_most_important_output(feel: Feel) -> None:
    verdict = levels(feel, "PRIORITY", ["低", "高", "中"])

    assert (verdict.output, verdict.matched) == ("高", ("r1", "r2", "r0"))


def test_priority_compares_columns_from_left_to_right(feel: Feel) -> None:
    part = table(
        "x", policy="PRIORITY", inputs=[],
        outputs=[Column("level", values=ORDER), Column("note"), Column("fee", values="1,2")],
        rules=[
            ("a", [], ['"中"', '"甲"', "1"]),
            ("b", [], ['"高"', '"乙"', "2"]),
            ("c", [], ['"高"', '"丙"', "1"]),
            ("d", [], ["", '"丁"', "1"]),
        ],
    )  # fmt: skip

    verdict = decide(feel, of(feel, part), {})

    assert verdict.output == {"level": "高", "note": "丙", "fee": 1}
    assert verdict.matched == ("c", "b", "a", "d")


def test_a_value_without_a_rank_is_an_error_naming_its_rule(feel: Feel) -> None:
    part = table(
        "x", policy="OUTPUT ORDER", inputs=[], outputs=[Column("fee", values="[1..5]")],
        rules=[("a", [], ["3"])],
    )  # fmt: skip

    with pytest.raises(DecisionError) as caught:
        decide(feel, of(feel, part), {})

    assert caught.value.code == "decisions.no_rank"
    assert caught.value.fields["element"] == "x/a"


def test_rule_order_and_output_order_answer_with_lists(feel: Feel) -> None:
    by_rule = levels(feel, "RULE ORDER", ["低", "高", "低"])
    by_output = levels(feel, "OUTPUT ORDER", ["低", "高", "低"])

    assert (by_rule.output, by_rule.matched) == (["低", "高", "低"], ("r0", "r1", "r2"))
    assert (by_output.output, by_output.matched) == (["高", "低", "低"], ("r1", "r0", "r2"))


@pytest.mark.parametrize(
    ("aggregation", "total"), [("SUM", 6), ("MIN", 1), ("MAX", 3), ("COUNT", 3)]
)
def test_collect_aggregates_its_matches(feel: Feel, aggregation: str, total: int) -> None:
    verdict = scores(feel, aggregation, [2, 1, 3])

    assert (verdict.output, verdict.matched) == (total, ("r0", "r1", "r2"))


@pytest.mark.parametrize(
    ("policy", "nothing"),
    [
        ("UNIQUE", None), ("ANY", None), ("FIRST", None), ("PRIORITY", None),
        ("RULE ORDER", []), ("OUTPUT ORDER", []), ("COLLECT", []),
    ],
)  # fmt: skip
def test_no_match_is_null_or_an_empty_list(feel: Feel, policy: str, nothing: Any) -> None:
    verdict = levels(feel, policy, [])

    assert (verdict.output, verdict.matched) == (nothing, ())


@pytest.mark.parametrize(
    ("aggregation", "nothing"), [("SUM", None), ("MIN", None), ("MAX", None), ("COUNT", 0)]
)
def test_aggregations_of_nothing(feel: Feel, aggregation: str, nothing: Any) -> None:
    assert scores(feel, aggregation, [1, 2], test="> 5").output == nothing


@pytest.mark.parametrize("value", ['"a"', "null", "true"])
def test_only_numbers_are_summed(feel: Feel, value: str) -> None:
    with pytest.raises(DecisionError) as caught:
        scores(feel, "SUM", [1, value])

    assert caught.value.code == "decisions.wrong_type"
    assert caught.value.fields["element"] == "total/r1"


def test_a_sum_that_loses_digits_is_an_error(feel: Feel) -> None:
    with pytest.raises(DecisionError) as caught:
        scores(feel, "SUM", [2**53 - 1, 5])

    assert caught.value.code == "feel.number_too_long"


@SLOW_ISOLATE
@given(values=st.lists(st.integers(-LIMIT, LIMIT), min_size=1, max_size=8))
def test_aggregations_agree_with_python(feel: Feel, values: list[int]) -> None:
    assert scores(feel, "SUM", values).output == sum(values)
    assert scores(feel, "MIN", values).output == min(values)
    assert scores(feel, "MAX", values).output == max(values)
    assert scores(feel, "COUNT", values).output == len(values)


@SLOW_ISOLATE
@given(outputs=LEVELS)
def test_orders_hold_the_same_results_and_priority_is_the_first(
    feel: Feel, outputs: list[str]
) -> None:
    in_order = levels(feel, "OUTPUT ORDER", outputs)
    one = levels(feel, "PRIORITY", outputs)

    assert levels(feel, "RULE ORDER", outputs).output == outputs
    assert in_order.output == sorted(outputs, key="高中低".index)
    assert one.output == (in_order.output[0] if outputs else None)
    assert one.matched == in_order.matched
