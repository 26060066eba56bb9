"""The Modeler's palette follows the house: every operation, role and property, in Chinese."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app.bootstrap.palette import FOLDER, palette
from app.config import ROOT, read_config
from app.domain.codes import code_list
from app.engine.checks.properties import KNOWN
from app.operations import registry
from app.operations.notices import drawable
from app.web import create_app
from app.web.extensions import db
from wsgi import register_commands

WORKFLOWS = ROOT / "workflows"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Written on what the palette has no template for: a message event, and the page's words beside it.
BY_HAND = {"sentBy", "consequence"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    design = tmp_path / "design"
    shutil.copytree(WORKFLOWS, design / "workflows")
    config = replace(read_config(instance=tmp_path / "own"), workflows=design / "workflows")
    made = create_app(config)
    register_commands(made)
    yield made
    with made.app_context():
        db.engine.dispose()


def _templates(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["process", "templates", *arguments])


def every() -> list[dict[str, Any]]:
    """Return all templates as they are generated now."""
    return [each for found in palette(WORKFLOWS, registry).values() for each in found]


def fields(name: str) -> list[dict[str, Any]]:
    """Return the shown fields of a template."""
    [found] = [each for each in every() if each["id"] == f"title-certificates.{name}"]
    return [field for field in found["properties"] if field["type"] != "Hidden"]


def choices(name: str, label: str) -> set[str]:
    """Return what a field of a template offers."""
    [field] = [field for field in fields(name) if field["label"] == label]
    return {choice["value"] for choice in field["choices"]} - {""}


def test_committed_templates_follow_the_house(app: Flask) -> None:
    result = _templates(app, "--check")

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("harm", ["changed", "missing", "foreign"])
def test_check_finds_templates_that_do_not_follow(app: Flask, tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "design/workflows" / FOLDER
    name = "own.json" if harm == "foreign" else "people.json"
    if harm == "missing":
        (folder / name).unlink()
    else:
        (folder / name).write_text("[]", encoding="utf-8")

    before = _templates(app, "--check")
    written = _templates(app, "--json")
    after = _templates(app, "--check")

    assert before.exit_code == 1
    assert name in before.stderr
    assert "title-certificates.people.R-UADM" in json.loads(written.stdout)["people.json"]
    assert after.exit_code == 0


def test_every_operation_has_a_template_with_its_parameters() -> None:
    for name in registry.operations:
        bound = {
            field["binding"]["name"]: field
            for field in fields(f"operation.{name}")
            if field["binding"]["type"] == "zeebe:input"
        }
        parameters = registry.parameters(name)
        assert set(bound) == set(parameters), name
        for parameter, required in parameters.items():
            assert bool(bound[parameter].get("optional")) is not required, (name, parameter)


def test_every_role_that_acts_on_cases_has_a_user_task() -> None:
    roles = {code.code for code in code_list("roles")} - {"R-ADM", "R-SEC", "R-AUD", "R-VEND"}
    made = {each["id"].rpartition(".")[2] for each in every() if ".people." in each["id"]}

    assert made == {role for role in roles if role.startswith("R-")}


def test_every_property_of_the_house_can_be_filled_in() -> None:
    bound = {
        field["binding"]["name"]
        for each in every()
        for field in each["properties"]
        if field["binding"]["type"] == "zeebe:property"
    }

    assert bound == KNOWN - BY_HAND


def test_what_is_chosen_comes_from_the_house() -> None:
    states = {code.code for code in code_list("case_state")}

    assert choices("people.R-UADM", "办件状态") == states
    assert choices("operation.notify.send", "模板") == set(drawable())
    assert "LZ17-3-3" in choices("people.R-UADM", "条文")
    assert "REVIEW_REMINDER" in choices("decision.statutory_period", "期限")


def test_facts_are_told_where_expressions_are_written() -> None:
    [guard] = [field for field in fields("event.start") if field["label"] == "守卫"]

    for fact in registry.facts:
        assert re.search(rf"\b{fact} [\u4e00-\u9fff]", guard["description"]), fact


def test_everything_that_designers_read_is_chinese() -> None:
    silent = [
        (each["id"], said)
        for each in every()
        for said in (each["name"], each["description"], *_labels(each))
        if not CHINESE.search(said)
    ]
    shared_tables = {each["id"] for each in every() if ".decision." in each["id"]}

    # A table's description is the file where it stands.
    assert {name for name, _ in silent} <= shared_tables


def _labels(each: dict[str, Any]) -> list[str]:
    shown = [field for field in each["properties"] if field["type"] != "Hidden"]
    return [field["label"] for field in shown] + [group["label"] for group in each["groups"]]
