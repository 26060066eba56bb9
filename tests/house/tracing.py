"""Which requirement is proven by which test, read from marks and scenarios without running them."""

from __future__ import annotations

import ast
import csv
import tomllib
from collections import defaultdict
from functools import cache

import yaml

from tests.house.source import ROOT, called_name, files, modules

REQUIREMENTS = "docs/domain/requirements.csv"
REASONS = "tests/house/nothing_to_test.toml"
TRACED = "tests/house/traced.txt"


@cache
def requirements() -> tuple[str, ...]:
    """Return the ids of all requirements."""
    with (ROOT / REQUIREMENTS).open(encoding="utf-8", newline="") as file:
        return tuple(row["id"] for row in csv.DictReader(file))


@cache
def traced() -> tuple[str, ...]:
    """Return the requirements that have been proven so far."""
    return tuple((ROOT / TRACED).read_text(encoding="utf-8").split())


@cache
def reasons() -> dict[str, str]:
    """Return the requirements that leave nothing to test, each with the reason."""
    return dict(tomllib.loads((ROOT / REASONS).read_text(encoding="utf-8")))


@cache
def proofs() -> dict[str, list[str]]:
    """Return requirement → the places of its tests and scenarios."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules("tests"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and called_name(node) == "req":
                for argument in node.args:
                    found[ast.literal_eval(argument)].append(module.place(node))
    for path in files():
        if path.startswith("workflows/") and "/scenarios/" in path and path.endswith(".yaml"):
            scenario = yaml.safe_load((ROOT / path).read_text(encoding="utf-8")) or {}
            for requirement in scenario.get("requirements", []):
                found[requirement].append(path)
    return dict(found)
