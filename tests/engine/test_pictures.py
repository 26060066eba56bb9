"""A drawing as a picture: every element and every named flow is in it, as plain SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from app.engine.pictures import picture

DRAWINGS = sorted(Path("workflows").glob("*/*.bpmn"))
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = ("Task", "Event", "Gateway", "callActivity")


def words(root: ET.Element) -> set[str]:
    return {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_everything_named_in_a_drawing_stands_in_its_picture(path: Path) -> None:
    xml = path.read_bytes()
    drawn = {shape.get("bpmnElement") for shape in _all(xml, "BPMNShape")}
    names = {
        "".join(node.get("name", "").split())
        for node in ET.fromstring(xml).iter()
        if node.get("id") in drawn and node.tag.rpartition("}")[2].endswith(SHAPES)
    }

    root = ET.fromstring(picture(xml, "标题"))

    shown = {"".join(text.split()) for text in words(root)}
    assert names - {""} <= shown
    assert root.find(f"{SVG}title") is not None


def test_names_are_text_and_never_markup() -> None:
    xml = DRAWINGS[0].read_text(encoding="utf-8")
    name = ET.fromstring(xml).find(".//{*}userTask").get("name")  # type: ignore[union-attr]
    hostile = xml.replace(f'name="{name}"', 'name="&lt;script&gt;1&lt;/script&gt;"')

    made = picture(hostile.encode(), "<b>标题</b>")

    assert "<script" not in made
    assert "<b>" not in made


def _all(xml: bytes, kind: str) -> list[ET.Element]:
    return [node for node in ET.fromstring(xml).iter() if node.tag.endswith(kind)]


def test_what_was_never_reached_is_marked() -> None:
    xml = Path("workflows/task_reminder/task_reminder.bpmn").read_bytes()
    tree = ET.fromstring(xml)
    node = next(tree.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}serviceTask"))
    flow = next(tree.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}sequenceFlow"))

    plain, whole = picture(xml, "标题"), picture(xml, "标题", set())
    marked = picture(xml, "标题", {node.get("id", ""), flow.get("id", "")})

    assert "fill-opacity" not in plain
    assert 'stroke-dasharray="6 4"' not in whole
    assert marked.count('stroke-dasharray="6 4"') == 2
    assert whole.count('fill-opacity="0.14"') == marked.count('fill-opacity="0.14"') + 1
