"""What people see of a process file: all of it is drawn, in its lane, and cites real clauses."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from app.feel import shared
from app.forms import check_photo, load_form

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / "workflows"
DRAWINGS = sorted(WORKFLOWS.glob("*/*.bpmn"))
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
Box = tuple[float, float, float, float]


def boxes(root: Any) -> dict[str, Box]:
    return {
        shape.get("bpmnElement"): tuple(
            float(shape.find(BOUNDS).get(side)) for side in ("x", "y", "width", "height")
        )
        for shape in root.iter(f"{DI}BPMNShape")
    }


def is_inside(inner: Box, outer: Box) -> bool:
    (x, y, w, h), (left, top, width, height) = inner, outer
    return left <= x and top <= y and x + w <= left + width and y + h <= top + height


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_every_node_is_drawn_inside_its_lane(path: Path) -> None:
    root = etree.parse(path).getroot()
    drawn = boxes(root)
    nodes = {
        flow.get(end)
        for flow in root.iter(f"{BPMN}sequenceFlow")
        for end in ("sourceRef", "targetRef")
    }
    placed: set[str] = set()
    for lane in root.iter(f"{BPMN}lane"):
        members = {reference.text for reference in lane.findall(f"{BPMN}flowNodeRef")}
        placed |= members
        assert all(is_inside(drawn[name], drawn[lane.get("id")]) for name in members)
    # A sub-process lies over the lanes; what is in it is in them.
    assert placed == nodes - {each.get("id") for each in root.iter(f"{BPMN}subProcess")}


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_every_sub_process_holds_its_nodes(path: Path) -> None:
    root = etree.parse(path).getroot()
    drawn = boxes(root)
    for outer in root.iter(f"{BPMN}subProcess"):
        inside = [node.get("id") for node in outer if node.get("id") in drawn]
        assert inside
        own = [name for name in inside if root.find(f".//*[@id='{name}']").get("attachedToRef")]
        nodes = set(inside) - set(own)
        assert all(is_inside(drawn[name], drawn[outer.get("id")]) for name in nodes)


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_every_flow_is_drawn_in_right_angles(path: Path) -> None:
    root = etree.parse(path).getroot()
    edges = {
        edge.get("bpmnElement"): [(p.get("x"), p.get("y")) for p in edge.iter(WAYPOINT)]
        for edge in root.iter(f"{DI}BPMNEdge")
    }
    assert edges.keys() == {flow.get("id") for flow in root.iter(f"{BPMN}sequenceFlow")}
    for points in edges.values():
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(points))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "forms").glob("*/*.form")), ids=lambda path: path.stem
)
def test_every_form_loads_with_its_expressions(path: Path) -> None:
    assert load_form(path.read_bytes(), path.name, analyse=shared().analyse).fields


def test_every_basis_of_a_statutory_period_has_its_clause() -> None:
    clauses = tomllib.loads((WORKFLOWS / "legal_basis.toml").read_text("utf-8"))
    root = etree.parse(WORKFLOWS / "shared" / "statutory_period.dmn").getroot()
    cited = {
        entry[0].text.strip('"')
        for entry in root.iter("{*}outputEntry")
        if entry.get("id").endswith("_legal_basis_out") and entry[0].text != "null"
    }
    assert cited
    assert cited <= clauses.keys()


@pytest.mark.req("R105", "R106", "R107")
def test_the_photo_of_the_scenarios_passes_its_own_checks() -> None:
    photo = WORKFLOWS / "lost_certificate" / "scenarios" / "photo.jpg"
    assert check_photo(photo.read_bytes()) == []
