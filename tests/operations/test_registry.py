"""What process files may call: named, described, and only with parameters by name."""

from __future__ import annotations

import inspect
import re

import pytest

from app.operations import registry

OPERATION = re.compile(r"^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$")
FACT = re.compile(r"^[a-z]+(_[a-z]+)*$")


@pytest.mark.parametrize("name", sorted(registry.operations))
def test_operation_is_named_described_and_takes_its_parameters_by_name(name: str) -> None:
    function = registry.operations[name]
    first, *others = inspect.signature(function).parameters.values()

    assert OPERATION.match(name)
    assert inspect.getdoc(function)
    assert first.name == "call"
    assert {parameter.kind for parameter in others} <= {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", sorted(registry.facts))
def test_fact_is_named_described_and_asks_for_nothing_more(name: str) -> None:
    function = registry.facts[name]

    assert FACT.match(name)
    assert inspect.getdoc(function)
    assert [*inspect.signature(function).parameters] == ["call"]


def test_parameters_say_what_must_be_given() -> None:
    assert registry.parameters("notify.send")["template"] is True
    assert registry.parameters("notify.send")["step"] is False
