"""The designers' guide lists what designers may write, so that nobody has to read the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.codes import code_list
from app.domain.notifications.composing import keys
from app.operations import registry

GUIDE = Path("docs/designers-guide.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["case_state", "case_business", "roles"])
def test_codes_are_listed_with_their_words(name: str) -> None:
    missing = [code.code for code in code_list(name) if f"`{code.code}` {code.label}" not in GUIDE]

    assert not missing


def test_every_operation_has_its_line() -> None:
    assert [name for name in registry.operations if f"| `{name}` |" not in GUIDE] == []


def test_every_fact_has_its_line() -> None:
    assert [name for name in registry.facts if f"`{name}`" not in GUIDE] == []


def test_every_parameter_of_notices_is_named() -> None:
    assert [name for name in registry.told if f"`{name}`" not in GUIDE] == []


def test_notices_for_own_processes_are_named() -> None:
    assert "P01" in keys()
    assert "`P01`" in GUIDE
