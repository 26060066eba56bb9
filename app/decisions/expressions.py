"""The expressions of a decision: which names they need, and whether all of them are FEEL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.decisions.model import RANKED_POLICIES, Decision, Output
from app.errors import DefinitionError
from app.feel import Analysis, Feel, FeelError, FeelSyntaxError

EMPTY = ("", "-")


@dataclass(frozen=True)
class Cell:
    """An expression and where it stands."""

    text: str
    unary: bool
    element: str
    column: str


def names_of(decision: Decision, feel: Feel) -> frozenset[str]:
    """Return the free names of a decision and of those it requires."""
    cells = [cell for cell in _cells(decision) if cell.text not in EMPTY]
    declared = {name for name, _ in decision.variables}
    required = {other.name for other in decision.requires}
    found = _analyse(decision, cells, declared | required, feel)
    read = {name for analysis in found for name in analysis.names}
    below = {name for other in decision.requires for name in other.names}
    return frozenset((read - required) | declared | below)


def _cells(decision: Decision) -> Iterator[Cell]:
    if decision.text is not None:
        yield Cell(decision.text, False, decision.id, "")
    for name, declared in decision.variables:
        yield Cell(declared.allowed, True, decision.id, name)
    for column in decision.inputs:
        yield Cell(column.text, False, decision.id, column.label)
        yield Cell(column.values, True, decision.id, column.label)
        yield Cell(column.type.allowed, True, decision.id, column.label)
    for answer in decision.outputs:
        yield from _answer_cells(decision, answer)
    for rule in decision.rules:
        for test, column in zip(rule.tests, decision.inputs, strict=True):
            yield Cell(test, True, rule.id, column.label)
        for text, answer in zip(rule.outputs, decision.outputs, strict=True):
            yield Cell(text, False, rule.id, answer.name)


def _answer_cells(decision: Decision, answer: Output) -> Iterator[Cell]:
    yield Cell(answer.otherwise, False, decision.id, answer.name)
    yield Cell(answer.values, True, decision.id, answer.name)
    yield Cell(answer.type.allowed, True, decision.id, answer.name)
    if decision.hit_policy in RANKED_POLICIES and answer.ranking:
        yield Cell(f"[{answer.ranking}]", False, decision.id, answer.name)


def _analyse(decision: Decision, cells: list[Cell], known: set[str], feel: Feel) -> list[Analysis]:
    pairs = [(cell.text, cell.unary) for cell in cells]
    try:
        found = feel.analyse_many(pairs, known=known)
    except FeelSyntaxError as error:
        cell = cells[error.fields["index"]]
        raise DefinitionError(
            "decisions.syntax", file=decision.file, element=cell.element, column=cell.column,
            decision=decision.id, expression=cell.text, position=error.fields["position"],
        ) from error  # fmt: skip
    except FeelError as error:
        raise DefinitionError(
            "decisions.too_costly", file=decision.file, element=decision.id, reason=error.code
        ) from error
    for cell, analysis in zip(cells, found, strict=True):
        for name in sorted(analysis.functions - feel.functions()):
            raise DefinitionError(
                "decisions.unknown_function", file=decision.file, element=cell.element,
                column=cell.column, decision=decision.id, expression=cell.text, function=name,
            )  # fmt: skip
    return found
