"""What a DMN file may hold, and how the rest is refused: with file, element and a way out."""

from __future__ import annotations

import pytest

from app.decisions import decide, parse_decisions
from app.errors import DefinitionError
from app.feel import Feel
from app.messages import sentence
from tests.decisions.tables import Column, file_with, literal_decision, table

FILE = "workflows/shared/fee.dmn"
NAMESPACES = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
]


def fee(policy: str = "UNIQUE", test: str = "> 1", output: str = "1", extra: str = "") -> str:
    return table(
        "fee", policy=policy, extra=extra, inputs=[Column("score", "number")],
        outputs=[Column("fee", "number")], rules=[("row_1", [test], [output])],
    )  # fmt: skip


def refusal(feel: Feel, xml: bytes) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        parse_decisions(xml, FILE, feel=feel)
    assert caught.value.file == FILE
    assert FILE in sentence(caught.value)
    return caught.value


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_version_of_dmn_is_read_alike(feel: Feel, namespace: str) -> None:
    [decision] = parse_decisions(file_with(fee(), namespace=namespace), FILE, feel=feel)

    assert (decision.id, decision.hit_policy, decision.file) == ("fee", "UNIQUE", FILE)
    assert decide(feel, decision, {"score": 2}).output == 1


def test_unknown_hit_policies_are_refused_with_the_alternatives(feel: Feel) -> None:
    error = refusal(feel, file_with(fee("LAST")))

    assert (error.code, error.element) == ("decisions.hit_policy", "fee")
    assert "PRIORITY" in sentence(error)


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_a_ranked_policy_without_an_order_of_values_is_refused(feel: Feel, policy: str) -> None:
    error = refusal(feel, file_with(fee(policy)))

    assert (error.code, error.element) == ("decisions.no_ranking", "fee")


@pytest.mark.parametrize(
    "part",
    [
        fee("UNIQUE", extra='aggregation="SUM"'),
        fee("RULE ORDER", extra='aggregation="COUNT"'),
        fee("COLLECT", extra='aggregation="MEAN"'),
        fee("COLLECT", output='"a"', extra='aggregation="MIN"').replace(
            'name="fee" typeRef="number"', 'name="fee" typeRef="string"'
        ),
        table(
            "fee", policy="COLLECT", extra='aggregation="SUM"', inputs=[],
            outputs=[Column("a"), Column("b")], rules=[],
        ),
    ],
)  # fmt: skip
def test_aggregations_are_refused_where_they_make_no_sense(feel: Feel, part: str) -> None:
    assert refusal(feel, file_with(part)).code == "decisions.aggregation"


def test_knowledge_models_invocations_contexts_and_imports_are_refused(feel: Feel) -> None:
    model = '<businessKnowledgeModel id="b" name="b"/>'
    knowledge = '<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>'
    bodies = ["<invocation/>", "<context/>", f"{knowledge}<literalExpression/>"]

    for body in bodies:
        error = refusal(feel, file_with(model, f'<decision id="a" name="a">{body}</decision>'))
        assert (error.code, error.element) == ("decisions.unsupported_logic", "a")
    assert refusal(feel, file_with('<import name="m"/>', fee())).code == "decisions.import"


@pytest.mark.parametrize(
    ("test", "output", "position"), [("> 1 +", "1", 6), ("-", "(1", 3), ("1 2", "1", 3)]
)
def test_syntax_errors_name_rule_and_column(
    feel: Feel, test: str, output: str, position: int
) -> None:
    error = refusal(feel, file_with(fee(test=test, output=output)))

    assert (error.code, error.element) == ("decisions.syntax", "row_1")
    assert error.fields["position"] == position


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (fee(output="is defined(score)"), "decisions.unknown_function"),
        (fee().replace('"number"', '"nummer"'), "decisions.unknown_type"),
        (fee().replace("<text>score</text>", "<text/>"), "decisions.no_input_expression"),
        (fee().replace("<inputEntry>", "<inputEntry/><inputEntry>"), "decisions.cells"),
        (fee() + fee(), "decisions.no_id"),
        (fee().replace('id="fee"', ""), "decisions.no_id"),
        (fee().replace("<decisionTable", "<list/><decisionTable"), "decisions.unsupported_logic"),
        ('<decision id="a" name="a"/>', "decisions.unsupported_logic"),
        (
            fee().replace("<inputExpression", '<inputExpression expressionLanguage="juel"'),
            "decisions.language",
        ),
        (literal_decision("a", "b", "number", ["nobody"]), "decisions.no_requirement"),
        (literal_decision("a", "a", "number", ["a"]), "decisions.circle"),
        (literal_decision("a", "", "number"), "decisions.no_text"),
        (
            table("a", inputs=[], outputs=[Column("x"), Column("x")], rules=[]),
            "decisions.outputs",
        ),
        (
            table("a", inputs=[], outputs=[Column("x")], rules=[("r", [], ["1"])] * 2),
            "decisions.rule_twice",
        ),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused(feel: Feel, part: str, code: str) -> None:
    assert refusal(feel, file_with(part)).code == code


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "decisions.no_xml"),
        (b"<definitions", "decisions.no_xml"),
        (b"<html/>", "decisions.no_dmn"),
        (b'<definitions xmlns="urn:other"/>', "decisions.no_dmn"),
        (b"<!DOCTYPE definitions>" + file_with(fee()), "decisions.doctype"),
        (
            b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + file_with("&e;"),
            "decisions.doctype",
        ),
        (file_with(fee()) + b" " * 1_000_001, "decisions.too_large"),
    ],
)
def test_unsafe_or_foreign_files_are_refused(feel: Feel, xml: bytes, code: str) -> None:
    assert refusal(feel, xml).code == code


def test_a_file_without_decisions_has_none(feel: Feel) -> None:
    assert parse_decisions(file_with(), FILE, feel=feel) == []


def test_the_shared_isolate_reads_when_none_is_given() -> None:
    assert parse_decisions(file_with(fee()), FILE)[0].names == {"score"}
