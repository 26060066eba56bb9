"""A requirement that was proven once stays proven; the list of those grows issue by issue."""

from __future__ import annotations

from tests.house.source import lines
from tests.house.tracing import proofs, reasons, requirements, traced


def test_tests_and_reasons_name_requirements_that_exist() -> None:
    known = set(requirements())
    unknown = {name: places for name, places in proofs().items() if name not in known}

    assert not unknown, lines(unknown.items())
    assert not set(reasons()) - known


def test_no_requirement_loses_its_proof() -> None:
    lost = [name for name in traced() if name not in proofs() and name not in reasons()]

    assert not lost, lines(lost)


def test_every_proven_requirement_is_kept_in_the_list() -> None:
    unlisted = sorted(set(proofs()) - set(traced()), key=lambda name: int(name[1:]))

    assert not unlisted, lines(unlisted)


def test_no_requirement_is_both_proven_and_excused() -> None:
    assert not set(proofs()) & set(reasons())
