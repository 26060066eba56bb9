"""The locks pin what pyproject.toml asks for; after a change there, run `make lock`."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.source import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)")
ASKED_BY = re.compile(r"^\s+#.*\btitle-certificates \(pyproject\.toml\)")


@cache
def _project() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = list(project["dependencies"])
    return {
        "requirements.lock": run,
        "requirements-test.lock": run + project["optional-dependencies"]["test"],
    }


@cache
def _lock(name: str) -> tuple[dict[str, str], set[str]]:
    """Return the pinned versions, and the names that pyproject.toml itself asked for."""
    pins: dict[str, str] = {}
    asked: set[str] = set()
    current = ""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            current = canonicalize_name(pin[1])
            pins[current] = pin[2]
        elif ASKED_BY.match(line):
            asked.add(current)
    return pins, asked


def test_every_lock_answers_pyproject() -> None:
    for name, lines in _project().items():
        pins, asked = _lock(name)
        requirements = [Requirement(line) for line in lines]
        wrong = [
            str(requirement)
            for requirement in requirements
            if not requirement.specifier.contains(
                pins.get(canonicalize_name(requirement.name), "0"), prereleases=True
            )
        ]

        assert not wrong, name
        assert asked == {canonicalize_name(item.name) for item in requirements}, name


def test_the_test_lock_holds_the_versions_of_the_run_lock() -> None:
    run, _ = _lock("requirements.lock")
    test, _ = _lock("requirements-test.lock")

    assert run.items() <= test.items()


def test_every_pin_carries_hashes_and_no_address() -> None:
    for name in _project():
        text = (ROOT / name).read_text(encoding="utf-8")
        pins, _ = _lock(name)
        blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
        with_hash = [block for block in blocks if PIN.match(block) and "--hash=sha256:" in block]

        assert len(with_hash) == len(pins), name
        assert "://" not in text, name
