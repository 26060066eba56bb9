"""Writes DMN files for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"

Row = tuple[str, Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class Column:
    """An input's expression or an output's name, with what is declared about it."""

    text: str
    type: str = ""
    values: str = ""
    otherwise: str = ""


def file_with(*parts: str, namespace: str = NAMESPACE) -> bytes:
    """Return a DMN file."""
    return (
        f'<definitions xmlns="{namespace}" name="d" id="d">{"".join(parts)}</definitions>'.encode()
    )


def table(
    id_: str,
    *,
    inputs: Sequence[Column],
    outputs: Sequence[Column],
    rules: Sequence[Row],
    policy: str = "UNIQUE",
    extra: str = "",
) -> str:
    """Return a decision with a table; `extra` are attributes of the table."""
    columns = "".join(_input(column) for column in inputs)
    answers = "".join(_output(column) for column in outputs)
    rows = "".join(_rule(*rule) for rule in rules)
    return (
        f"<decision id={quoteattr(id_)} name={quoteattr(id_)}>"
        f'<decisionTable hitPolicy="{policy}" {extra}>{columns}{answers}{rows}</decisionTable>'
        "</decision>"
    )


def literal_decision(id_: str, text: str, type_: str, requires: Sequence[str] = ()) -> str:
    """Return a decision with a literal expression."""
    needed = "".join(
        f'<informationRequirement><requiredDecision href="#{name}"/></informationRequirement>'
        for name in requires
    )
    return (
        f'<decision id="{id_}" name="{id_}"><variable name="{id_}" typeRef="{type_}"/>{needed}'
        f"<literalExpression><text>{escape(text)}</text></literalExpression></decision>"
    )


def _text(tag: str, text: str) -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>" if text else ""


def _type(column: Column) -> str:
    return f" typeRef={quoteattr(column.type)}" if column.type else ""


def _input(column: Column) -> str:
    expression = f"<inputExpression{_type(column)}><text>{escape(column.text)}</text>"
    return f"<input>{expression}</inputExpression>{_text('inputValues', column.values)}</input>"


def _output(column: Column) -> str:
    inner = _text("outputValues", column.values) + _text("defaultOutputEntry", column.otherwise)
    return f"<output name={quoteattr(column.text)}{_type(column)}>{inner}</output>"


def _rule(id_: str, tests: Sequence[str], outputs: Sequence[str]) -> str:
    cells = "".join(f"<inputEntry><text>{escape(test)}</text></inputEntry>" for test in tests)
    answers = "".join(f"<outputEntry><text>{escape(t)}</text></outputEntry>" for t in outputs)
    return f"<rule id={quoteattr(id_)}>{cells}{answers}</rule>"
