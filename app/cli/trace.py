"""`flask trace`: which tests and scenarios prove which requirement."""

from __future__ import annotations

import csv
import re
from collections import defaultdict

import click
from flask import Flask

from app.cli.output import as_json, reporting, show
from app.config import ROOT
from app.engine.package import process_keys
from app.engine.simulation import read_scenario, scenario_files
from app.web.extensions import house

MARK = re.compile(r"mark\.req\(([^)]*)\)")
NAME = re.compile(r"R\d+")


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(trace)


def proofs() -> dict[str, list[str]]:
    """Return the test files and scenarios that name each requirement."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for names in MARK.findall(path.read_text(encoding="utf-8")):
            for name in NAME.findall(names):
                found[name].add(str(path.relative_to(ROOT)))
    workflows = house().config.workflows
    for key in process_keys(workflows):
        for path in scenario_files(workflows, key):
            for name in read_scenario(path).requirements:
                found[name].add(f"workflows/{key}/scenarios/{path.name}")
    return {name: sorted(places) for name, places in found.items()}


@click.command("trace")
@as_json
@reporting
def trace(as_json: bool) -> None:
    """列出每条要求由哪些测试和场景证明。"""
    known = proofs()
    with (ROOT / "docs/domain/requirements.csv").open(encoding="utf-8-sig", newline="") as file:
        wanted = [row["id"] for row in csv.DictReader(file)]
    rows = [{"id": name, "proofs": known.get(name, [])} for name in wanted]
    traced = sum(1 for row in rows if row["proofs"])
    lines = [f"{row['id']:<6}{'、'.join(row['proofs']) or '—'}" for row in rows]
    show(rows, [*lines, f"已有证明 {traced}/{len(rows)}"], as_json=as_json)
