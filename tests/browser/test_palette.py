"""The palette in the Modeler's own parts: valid, applied to elements, read back by the engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.engine.spiff.model import Element
from app.engine.spiff.reading import read_drawing
from app.engine.spiff.xml import parse
from app.operations import registry

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "app/web/static/dist/test/palette.js"
FOLDER = ROOT / "workflows/.camunda/element-templates"
FILES = sorted(FOLDER.glob("*.json"))
EMPTY = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" id="d" targetNamespace="x">
  <bpmn:process id="drawn" isExecutable="true" />
  <bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="drawn" />
  </bpmndi:BPMNDiagram>
</bpmn:definitions>"""
TEMPLATE = "{http://camunda.org/schema/zeebe/1.0}modelerTemplate"


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """A page with the Modeler's parts and nothing else."""
    page = browser.new_page()
    page.add_script_tag(path=BUNDLE)
    yield page
    page.close()


def templates(path: Path) -> list[dict[str, Any]]:
    """Return the templates of a file."""
    return list(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_templates_follow_the_published_schema(blank: Page, path: Path) -> None:
    found = blank.evaluate("templates => palette.validated(templates)", templates(path))

    assert found == {"valid": True, "faults": []}


def test_schema_would_refuse_a_template_that_does_not_follow_it(blank: Page) -> None:
    [wrong, *_] = templates(FILES[0])
    wrong["properties"][0]["binding"] = {"type": "zeebe:nothing"}

    found = blank.evaluate("templates => palette.validated(templates)", [wrong])

    assert found["valid"] is False


def applied(page: Page, wanted: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Element]]:
    """Apply templates to new elements; returns what the Modeler says and what the engine reads."""
    found = page.evaluate("([xml, templates]) => palette.applied(xml, templates)", [EMPTY, wanted])
    root = parse(found["drawn"].encode(), "drawn.bpmn")
    names = {node.get(TEMPLATE): node.get("id") for node in root.iter() if node.get(TEMPLATE)}
    elements = read_drawing({"drawn.bpmn": root}).elements
    return found, {name: elements[place] for name, place in names.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_template_applies_to_a_new_element(blank: Page, path: Path) -> None:
    wanted = templates(path)

    found, elements = applied(blank, wanted)

    assert found["errors"] == []
    expected = [[each["id"], each["elementType"]["value"], each["id"]] for each in wanted]
    assert found["linked"] == expected
    assert set(elements) == {each["id"] for each in wanted}


def test_engine_reads_the_operation_that_a_template_sets(blank: Page) -> None:
    _, elements = applied(blank, templates(FOLDER / "operations.json"))

    types = {name.removeprefix("title-certificates.operation."): element.task_type
             for name, element in elements.items()}  # fmt: skip
    assert types == {name: name for name in registry.operations}


def test_engine_reads_who_acts_and_by_when_from_a_template(blank: Page) -> None:
    _, elements = applied(blank, templates(FOLDER / "people.json"))

    task = elements["title-certificates.people.R-UADM"]
    assert (task.kind, task.candidate_groups) == ("userTask", '=role("R-UADM", path.unit)')
    assert (task.due_date, dict(task.properties)) == ("P5D", {"calendar": "working-days"})


def test_engine_reads_table_and_called_process_from_a_template(blank: Page) -> None:
    _, elements = applied(blank, templates(FOLDER / "rules.json"))

    period = elements["title-certificates.decision.statutory_period"].called_decision
    assert period is not None
    assert (period.id, period.result_variable) == ("statutory_period", "statutory_period")
    called = elements["title-certificates.call.task_reminder"].called_process
    assert called is not None
    assert (called.id, called.propagate_child) == ("task_reminder", False)
