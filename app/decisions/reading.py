"""Reads decisions from DMN files and refuses what is not supported, with a way out.

Every expression is parsed once here, so that a published decision has no syntax errors and its
free names are known to the fact resolver and the check.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from app.decisions.expressions import names_of
from app.decisions.model import (
    AGGREGATIONS,
    ANY,
    LIST_POLICIES,
    RANKED_POLICIES,
    TABLE_POLICIES,
    Decision,
    Input,
    Output,
    Rule,
    Type,
)
from app.decisions.types import Types
from app.decisions.xml import Element, child, children, kind, parse, text_in
from app.errors import DefinitionError
from app.feel import Feel, shared

LOGIC = (
    "decisionTable", "literalExpression", "invocation", "context", "list", "relation",
    "functionDefinition", "conditional", "filter", "for", "every", "some",
)  # fmt: skip
NUMBERS = ("any", "number", "integer")
FEEL_LANGUAGE = "feel"
DEEPEST = 20
MOST_REQUIRED = 200
MOST_CELLS = 5_000


def parse_decisions(xml: bytes, file: str, *, feel: Feel | None = None) -> list[Decision]:
    """Return all decisions of a DMN file; raises DefinitionError with file, element and reason."""
    return _File(parse(xml, file), file, feel or shared()).decisions()


class _File:
    """One DMN file while it is read; a required decision is read once."""

    def __init__(self, definitions: Element, file: str, feel: Feel) -> None:
        self.file = file
        self.feel = feel
        self.types = Types(definitions, file)
        imported = child(definitions, "import")
        if imported is not None:
            raise self.refuse("decisions.import", imported.get("name", ""))
        self.elements = list(children(definitions, "decision"))
        self.by_id = {name: element for element in definitions if (name := element.get("id"))}
        self.done: dict[str, Decision] = {}
        # How many decisions each one stands for when everything it requires is written out.
        self.weights: dict[str, int] = {}

    def decisions(self) -> list[Decision]:
        ids = [element.get("id", "") for element in self.elements]
        for id_, count in Counter(ids).items():
            if not id_ or count > 1:
                raise self.refuse("decisions.no_id", id_)
        return [self.decision(element, ()) for element in self.elements]

    def refuse(self, code: str, element: str, **fields: object) -> DefinitionError:
        return DefinitionError(code, file=self.file, element=element, **fields)

    def decision(self, element: Element, above: tuple[str, ...]) -> Decision:
        id_ = element.get("id", "")
        if len(above) > DEEPEST:
            raise self.refuse("decisions.too_deep", id_, most=DEEPEST)
        if id_ in above:
            raise self.refuse("decisions.circle", id_)
        if id_ not in self.done:
            self.done[id_] = self._read(element, id_, above)
        return self.done[id_]

    def _read(self, element: Element, id_: str, above: tuple[str, ...]) -> Decision:
        logic = next(children(element, *LOGIC), None)
        if logic is None or kind(logic) not in ("decisionTable", "literalExpression"):
            found = "" if logic is None else kind(logic)
            raise self.refuse("decisions.unsupported_logic", id_, logic=found)
        if child(element, "knowledgeRequirement") is not None:
            raise self.refuse("decisions.unsupported_logic", id_, logic="knowledgeRequirement")
        variable = child(element, "variable")
        declared = None if variable is None else variable.get("typeRef")
        variables, requires = self._requirements(element, id_, above)
        empty = Decision(
            id_, element.get("name") or id_, self.file, variables=variables, requires=requires
        )
        if kind(logic) == "literalExpression":
            reference = logic.get("typeRef") or declared
            decision = self._literal(logic, empty, self.types.resolve(reference, id_))
        else:
            decision = self._table(logic, empty, declared)
        return replace(decision, names=names_of(decision, self.feel))

    def _requirements(
        self, element: Element, id_: str, above: tuple[str, ...]
    ) -> tuple[tuple[tuple[str, Type], ...], tuple[Decision, ...]]:
        variables: list[tuple[str, Type]] = []
        requires: list[Decision] = []
        for requirement in children(element, "informationRequirement"):
            for required in children(requirement, "requiredInput", "requiredDecision"):
                target = self._target(required, id_)
                if kind(target) == "decision":
                    requires.append(self.decision(target, (*above, id_)))
                else:
                    variables.append(self._variable(target, id_))
        weight = 1 + sum(self.weights[required.id] for required in requires)
        if weight > MOST_REQUIRED:
            raise self.refuse("decisions.too_deep", id_, most=MOST_REQUIRED)
        self.weights[id_] = weight
        return tuple(variables), tuple(requires)

    def _target(self, required: Element, id_: str) -> Element:
        href = required.get("href", "")
        target = self.by_id.get(href.removeprefix("#"))
        if target is None or kind(target) not in ("decision", "inputData"):
            raise self.refuse("decisions.no_requirement", id_, href=href)
        return target

    def _variable(self, target: Element, id_: str) -> tuple[str, Type]:
        variable = child(target, "variable")
        name = target.get("name", "") if variable is None else variable.get("name", "")
        reference = None if variable is None else variable.get("typeRef")
        return name or target.get("name", ""), self.types.resolve(reference, id_)

    def _literal(self, logic: Element, empty: Decision, type_: Type) -> Decision:
        self._only_feel(logic, empty.id)
        text = text_in(logic, "text")
        if not text:
            raise self.refuse("decisions.no_text", empty.id)
        return replace(empty, text=text, type=type_)

    def _only_feel(self, element: Element, id_: str) -> None:
        language = element.get("expressionLanguage", FEEL_LANGUAGE)
        if FEEL_LANGUAGE not in language.lower():
            raise self.refuse("decisions.language", id_, language=language)

    def _table(self, table: Element, empty: Decision, declared: str | None) -> Decision:
        policy = table.get("hitPolicy", "UNIQUE")
        if policy not in TABLE_POLICIES:
            raise self.refuse("decisions.hit_policy", empty.id, policy=policy)
        inputs = tuple(self._input(column, empty.id) for column in children(table, "input"))
        columns = list(children(table, "output"))
        own = declared if len(columns) == 1 and policy not in LIST_POLICIES else None
        outputs = tuple(self._output(column, empty, own) for column in columns)
        if not outputs or len({output.name for output in outputs}) < len(outputs):
            raise self.refuse("decisions.outputs", empty.id)
        if policy in RANKED_POLICIES and not any(output.ranking for output in outputs):
            raise self.refuse("decisions.no_ranking", empty.id, policy=policy)
        aggregation = self._aggregation(table, empty.id, policy, outputs)
        rows = list(children(table, "rule"))
        if len(rows) * (len(inputs) + len(outputs)) > MOST_CELLS:
            raise self.refuse("decisions.too_many_cells", empty.id, most=MOST_CELLS)
        rules = tuple(
            self._rule(row, number, empty.id, (len(inputs), len(outputs)))
            for number, row in enumerate(rows, start=1)
        )
        if len({rule.id for rule in rules}) < len(rules):
            raise self.refuse("decisions.rule_twice", empty.id)
        return replace(
            empty, hit_policy=policy, aggregation=aggregation, inputs=inputs, outputs=outputs,
            rules=rules,
        )  # fmt: skip

    def _aggregation(
        self, table: Element, id_: str, policy: str, outputs: tuple[Output, ...]
    ) -> str:
        """Only COLLECT aggregates, and only numbers; rows of any kind may be counted."""
        name = table.get("aggregation", "")
        of_numbers = len(outputs) == 1 and outputs[0].type.base in NUMBERS
        fits = policy == "COLLECT" and (name == "COUNT" or of_numbers)
        if name and (name not in AGGREGATIONS or not fits):
            raise self.refuse("decisions.aggregation", id_, aggregation=name)
        return name

    def _input(self, column: Element, id_: str) -> Input:
        expression = child(column, "inputExpression")
        text = "" if expression is None else text_in(expression, "text")
        if expression is None or not text:
            raise self.refuse("decisions.no_input_expression", column.get("id") or id_)
        self._only_feel(expression, id_)
        type_ = self.types.resolve(expression.get("typeRef"), id_)
        label = column.get("label") or text
        return Input(label, text, type_, text_in(column, "inputValues", "text"))

    def _output(self, column: Element, empty: Decision, declared: str | None) -> Output:
        reference = column.get("typeRef") or declared
        type_ = self.types.resolve(reference, empty.id) if reference else ANY
        values = text_in(column, "outputValues", "text")
        otherwise = text_in(column, "defaultOutputEntry", "text")
        return Output(column.get("name") or empty.name, type_, values, otherwise)

    def _rule(self, row: Element, number: int, id_: str, columns: tuple[int, int]) -> Rule:
        rule_id = row.get("id") or f"rule_{number}"
        cells = list(children(row, "inputEntry", "outputEntry"))
        for cell in cells:
            self._only_feel(cell, rule_id)
        tests = tuple(text_in(cell, "text") for cell in cells if kind(cell) == "inputEntry")
        outputs = tuple(text_in(cell, "text") for cell in cells if kind(cell) == "outputEntry")
        if (len(tests), len(outputs)) != columns:
            raise self.refuse("decisions.cells", rule_id, decision=id_)
        return Rule(rule_id, tests, outputs)
