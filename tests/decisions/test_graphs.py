"""Requirement graphs: typed input data, required decisions, one call, and why each was taken."""

from __future__ import annotations

from typing import Any

import pytest

from app.decisions import Decision, DecisionError, decide, parse_decisions
from app.feel import Feel
from app.messages import sentence
from tests.decisions.tables import Column, file_with, literal_decision, table

FILE = "shared/graph.dmn"
BORN = '<inputData id="i_born" name="born"><variable name="born" typeRef="date"/></inputData>'
KIND = (
    '<itemDefinition name="tKind"><typeRef>string</typeRef><allowedValues><text>"甲","乙"</text>'
    '</allowedValues></itemDefinition><inputData id="i_kind" name="kind">'
    '<variable name="kind" typeRef="tKind"/></inputData>'
)


def with_inputs(decision: str, *ids: str) -> str:
    needed = "".join(
        f'<informationRequirement><requiredInput href="#{id_}"/></informationRequirement>'
        for id_ in ids
    )
    start = decision.index(">") + 1
    return decision[:start] + needed + decision[start:]


def graph(feel: Feel, *parts: str) -> Decision:
    return parse_decisions(file_with(*parts), FILE, feel=feel)[-1]


def of_age(feel: Feel) -> Decision:
    adult = with_inputs(literal_decision("adult_on", 'born + duration("P18Y")', "date"), "i_born")
    fee = table(
        "fee", inputs=[Column("adult_on", "date")], outputs=[Column("fee", "number")],
        rules=[
            ("young", ['> date("2026-11-21")'], ["0"]),
            ("grown", ['<= date("2026-11-21")'], ["100"]),
        ],
    )  # fmt: skip
    needed = '<informationRequirement><requiredDecision href="#adult_on"/></informationRequirement>'
    return graph(feel, BORN, adult, fee.replace("<decisionTable", f"{needed}<decisionTable", 1))


def test_declared_dates_are_dates_in_the_whole_graph(feel: Feel) -> None:
    decision = of_age(feel)

    assert decision.names == {"born"}
    assert decide(feel, decision, {"born": "2008-11-21"}).output == 100
    assert decide(feel, decision, {"born": "2008-11-22"}).output == 0


def test_a_verdict_tells_what_matched_in_each_decision(feel: Feel) -> None:
    verdict = decide(feel, of_age(feel), {"born": "2008-11-21"})

    assert [(one.decision_id, one.output, one.matched) for one in verdict.taken] == [
        ("adult_on", "2026-11-21", ()),
        ("fee", 100, ("grown",)),
    ]
    assert verdict.taken[-1].inputs == verdict.inputs == {"adult_on": "2026-11-21"}


@pytest.mark.parametrize("born", ["2008-02-30", 2008, ["2008-01-01"]])
def test_input_data_of_another_type_is_an_error_naming_decision_and_input(
    feel: Feel, born: Any
) -> None:
    with pytest.raises(DecisionError) as caught:
        decide(feel, of_age(feel), {"born": born})

    assert caught.value.code == "decisions.wrong_input"
    assert (caught.value.fields["file"], caught.value.fields["element"]) == (FILE, "adult_on")
    assert "“adult_on”的输入“born”" in sentence(caught.value)


def test_input_data_outside_its_allowed_values_is_an_error(feel: Feel) -> None:
    decision = graph(feel, KIND, with_inputs(literal_decision("a", "kind", "string"), "i_kind"))

    assert decide(feel, decision, {"kind": "甲"}).output == "甲"
    with pytest.raises(DecisionError) as caught:
        decide(feel, decision, {"kind": "丙"})
    assert caught.value.code == "decisions.not_allowed"


def test_a_decision_that_many_require_is_taken_once(feel: Feel) -> None:
    parts = [literal_decision("d0", "n + 1", "number")]
    for level in range(1, 9):
        above = [f"d{level - 1}", *([f"d{level - 2}"] if level > 1 else [])]
        parts.append(literal_decision(f"d{level}", " + ".join(above), "number", above))

    verdict = decide(feel, graph(feel, *parts), {"n": 0})

    assert [one.decision_id for one in verdict.taken] == [f"d{level}" for level in range(9)]
    assert verdict.output == 34


def test_a_failure_below_names_the_decision_where_it_stands(feel: Feel) -> None:
    broken = table(
        "base", inputs=[], outputs=[Column("x", "number")], rules=[("r", [], ['"a" + 1'])]
    )
    decision = graph(feel, broken, literal_decision("total", "base", "number", ["base"]))

    with pytest.raises(DecisionError) as caught:
        decide(feel, decision, {})

    assert caught.value.fields["element"] == "base/r"
