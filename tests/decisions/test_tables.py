"""Decision tables as designers write them: policies, types, dates, errors that name the rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.decisions import Decision, DecisionError, decide, parse_decisions
from app.feel import Feel
from app.messages import sentence
from tests.decisions.tables import Column, file_with, literal_decision, table

FEES = table(
    "fee",
    inputs=[Column("case.level", "string"), Column("score", "number")],
    outputs=[Column("fee", "number")],
    rules=[
        ("r_senior", ['"高级","正高级"', ">= 60"], ["200"]),
        ("r_middle", ['"中级"', "-"], ["100"]),
    ],
)


def only(feel: Feel, *parts: str) -> Decision:
    return parse_decisions(file_with(*parts), "shared/fee.dmn", feel=feel)[-1]


def test_a_unique_table_answers_with_its_rule_and_inputs(feel: Feel) -> None:
    decision = only(feel, FEES)

    verdict = decide(feel, decision, {"case": {"level": "正高级"}, "score": 60, "other": 1})

    assert verdict.output == 200
    assert verdict.matched == ("r_senior",)
    assert verdict.inputs == {"case.level": "正高级", "score": 60}
    assert verdict.decision_id == "fee"


def test_no_match_is_null(feel: Feel) -> None:
    decision = only(feel, FEES)

    verdict = decide(feel, decision, {"case": {"level": "初级"}, "score": 60})

    assert (verdict.output, verdict.matched) == (None, ())


def test_a_missing_value_matches_only_what_asks_nothing(feel: Feel) -> None:
    decision = only(feel, FEES)

    assert decide(feel, decision, {"case": {"level": "高级"}}).output is None
    assert decide(feel, decision, {"case": {"level": "中级"}}).output == 100


def test_free_names_of_a_table(feel: Feel) -> None:
    decision = only(
        feel,
        table(
            "gate",
            inputs=[Column("publicity.ends_on", "date"), Column("count(votes[item = wanted])")],
            outputs=[Column("message", "string")],
            rules=[("r1", ["> today()", "-"], ['"剩余" + string(days)'])],
        ),
    )

    assert decision.names == {"publicity", "votes", "wanted", "today", "days"}


def test_a_second_matching_rule_is_an_error_naming_both(feel: Feel) -> None:
    decision = only(
        feel,
        table(
            "fee",
            inputs=[Column("score", "number")],
            outputs=[Column("fee", "number")],
            rules=[("low", ["< 70"], ["1"]), ("high", ["> 50"], ["2"])],
        ),
    )

    with pytest.raises(DecisionError) as caught:
        decide(feel, decision, {"score": 60})

    assert caught.value.code == "decisions.second_match"
    assert (caught.value.fields["file"], caught.value.fields["element"]) == (
        "shared/fee.dmn", "fee",
    )  # fmt: skip
    assert "low、high" in sentence(caught.value)
    assert decide(feel, decision, {"score": 40}).output == 1


def test_first_answers_with_the_first_match(feel: Feel) -> None:
    decision = only(
        feel,
        table(
            "fee",
            policy="FIRST",
            inputs=[Column("score", "number")],
            outputs=[Column("fee"), Column("reason")],
            rules=[("low", ["< 70"], ["1", '"甲"']), ("rest", ["-"], ["2", ""])],
        ),
    )

    assert decide(feel, decision, {"score": 60}).output == {"fee": 1, "reason": "甲"}
    verdict = decide(feel, decision, {"score": 80})
    assert (verdict.output, verdict.matched) == ({"fee": 2, "reason": None}, ("rest",))


def test_collect_answers_with_all_matches_in_order(feel: Feel) -> None:
    decision = only(
        feel,
        table(
            "messages",
            policy="COLLECT",
            inputs=[Column("score", "number")],
            outputs=[Column("message", "string")],
            rules=[("a", ["< 70"], ['"甲"']), ("b", ["> 90"], ['"乙"']), ("c", ["-"], ['"丙"'])],
        ),
    )

    assert decide(feel, decision, {"score": 60}).output == ["甲", "丙"]
    assert decide(feel, decision, {"score": 60}).matched == ("a", "c")


def test_collect_without_a_match_is_an_empty_list(feel: Feel) -> None:
    decision = only(
        feel,
        table(
            "messages", policy="COLLECT", inputs=[Column("ok", "boolean")],
            outputs=[Column("message")], rules=[("a", ["false"], ['"不符合条件"'])],
        ),
    )  # fmt: skip

    assert decide(feel, decision, {"ok": True}).output == []


EFFECTIVE = table(
    "deadline",
    inputs=[Column("rule_date", "date")],
    outputs=[Column("days", "integer")],
    rules=[
        ("since_2012", ['[date("2012-01-01")..date("2019-09-01"))'], ["7"]),
        ("since_2019", ['>= date("2019-09-01")'], ["5"]),
    ],
)


@pytest.mark.parametrize(
    ("day", "days"),
    [
        ("2011-12-31", None),
        ("2012-01-01", 7),
        ("2019-08-31", 7),
        ("2019-09-01", 5),
        (date(2019, 8, 31), 7),
        (date(2026, 11, 20), 5),
    ],
)
def test_rows_with_effective_dates_hold_from_their_day_on(
    feel: Feel, day: Any, days: int | None
) -> None:
    verdict = decide(feel, only(feel, EFFECTIVE), {"rule_date": day})

    assert verdict.output == days
    assert verdict.inputs == {"rule_date": str(day)}


@pytest.mark.parametrize("day", ["2019-02-30", "昨天", 20190901, "2019-09-01T08:00:00", [], {}])
def test_a_value_of_another_type_is_an_error(feel: Feel, day: Any) -> None:
    with pytest.raises(DecisionError) as caught:
        decide(feel, only(feel, EFFECTIVE), {"rule_date": day})

    assert caught.value.code == "decisions.wrong_type"
    assert caught.value.fields["type"] == "date"
    assert "rule_date" in sentence(caught.value)


def test_a_text_in_an_untyped_column_of_numbers_is_an_error(feel: Feel) -> None:
    untyped = table(
        "fee", inputs=[Column("score")], outputs=[Column("fee")], rules=[("r", ["> 3"], ["1"])]
    )

    with pytest.raises(DecisionError) as caught:
        decide(feel, only(feel, untyped), {"score": "4"})

    assert caught.value.code == "decisions.not_comparable"
    assert caught.value.fields["element"] == "fee/r"
    assert "number" in sentence(caught.value)


@pytest.mark.parametrize(
    ("test", "output", "code"),
    [
        ("> limit", "1", "decisions.no_variable"),
        ('= "a" + 1', "1", "decisions.invalid_operands"),
        ("-", '"a" + 1', "decisions.invalid_operands"),
        ("-", 'date("2026-13-01")', "decisions.invalid_arguments"),
        ("-", "score(1)", "decisions.unknown_function"),
        ("-", '"viel"', "decisions.wrong_type"),
        ("-", "1.5", "decisions.wrong_type"),
        ("-", "now()", "feel.no_clock"),
    ],
)
def test_what_cannot_be_worked_out_is_an_error(
    feel: Feel, test: str, output: str, code: str
) -> None:
    broken = table(
        "fee", inputs=[Column("score", "number")], outputs=[Column("fee", "integer")],
        rules=[("r", [test], [output])],
    )  # fmt: skip

    with pytest.raises(Exception) as caught:  # noqa: PT011
        decide(feel, only(feel, broken), {"score": 4})

    assert getattr(caught.value, "code", None) == code
    assert "fee" in sentence(caught.value)  # type: ignore[arg-type]


def test_allowed_values_of_inputs_and_outputs(feel: Feel) -> None:
    levels = table(
        "fee",
        inputs=[Column("level", "string", values='"初级","中级"')],
        outputs=[Column("fee", "number", values="[0..100]")],
        rules=[("a", ['"初级"'], ["50"]), ("b", ['"中级"'], ["500"])],
    )
    decision = only(feel, levels)

    assert decide(feel, decision, {"level": "初级"}).output == 50
    for level in ("特级", "中级"):
        with pytest.raises(DecisionError) as caught:
            decide(feel, decision, {"level": level})
        assert caught.value.code == "decisions.not_allowed"


def test_types_and_allowed_values_of_the_file(feel: Feel) -> None:
    definition = (
        '<itemDefinition name="tLevel"><typeRef>string</typeRef>'
        '<allowedValues><text>"初级","中级"</text></allowedValues></itemDefinition>'
    )
    decision = only(
        feel,
        definition,
        table(
            "fee", inputs=[Column("level", "tLevel")], outputs=[Column("fee", "number")],
            rules=[("a", ['"初级"'], ["50"])],
        ),
    )  # fmt: skip

    assert decide(feel, decision, {"level": "初级"}).output == 50
    with pytest.raises(DecisionError) as caught:
        decide(feel, decision, {"level": "特级"})
    assert caught.value.code == "decisions.not_allowed"


def test_default_outputs_answer_when_no_rule_matches(feel: Feel) -> None:
    decision = only(
        feel,
        table(
            "fee", inputs=[Column("level", "string")],
            outputs=[Column("fee", "number", otherwise="0")], rules=[("a", ['"初级"'], ["50"])],
        ),
    )  # fmt: skip

    verdict = decide(feel, decision, {"level": "高级"})

    assert (verdict.output, verdict.matched) == (0, ())


def test_literal_decisions_and_requirements(feel: Feel) -> None:
    base = literal_decision("base", "amount * 2", "number")
    total = literal_decision("total", "base + 1", "number", requires=["base"])
    decision = only(feel, base, total)

    assert decision.names == {"amount"}
    assert decide(feel, decision, {"amount": 20}).output == 41
    with pytest.raises(DecisionError) as caught:
        decide(feel, decision, {"amount": "20"})
    assert caught.value.fields["decision"] == "base"


def test_dates_leave_as_iso_text(feel: Feel) -> None:
    decision = only(feel, literal_decision("end", 'date(start) + duration("P5D")', "date"))

    assert decide(feel, decision, {"start": "2026-11-27"}).output == "2026-12-02"


def test_changed_tables_of_one_name_do_not_share_what_the_isolate_keeps(feel: Feel) -> None:
    first = only(feel, literal_decision("fee", "1", "number"))
    second = only(feel, literal_decision("fee", "2", "number"))

    outputs = [decide(feel, decision, {}).output for decision in (first, second, first)]

    assert outputs == [1, 2, 1]


def test_a_decision_survives_the_loss_of_its_isolate(feel: Feel) -> None:
    decision = only(feel, FEES)
    context = {"case": {"level": "中级"}, "score": 1}

    before = decide(feel, decision, context)
    feel.close()

    assert decide(feel, decision, context) == before
