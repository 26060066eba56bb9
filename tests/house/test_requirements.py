"""All requirements are proven by a test or scenario, or it is said why there is nothing to test."""

from __future__ import annotations

from tests.house.tracing import proofs, reasons, requirements


def test_tests_and_reasons_name_requirements_that_exist() -> None:
    known = set(requirements())
    unknown = {name: places for name, places in proofs().items() if name not in known}

    assert not unknown
    assert not set(reasons()) - known


def test_every_requirement_is_proven_or_has_a_reason() -> None:
    untraced = [name for name in requirements() if name not in proofs() and name not in reasons()]

    assert not untraced


def test_no_requirement_is_both_proven_and_excused() -> None:
    assert not set(proofs()) & set(reasons())
