"""Seal texts are exact, and their drawing shows every character of them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from app.adapters.glyphs import outline
from app.adapters.seals import Seal, office_seal, prescribed_seal, prescribed_seals, seal_svg
from app.errors import AppError


@pytest.mark.req("R12", "R60")
def test_uniform_seal_name_is_exact() -> None:
    seal = prescribed_seal("GX-RST-1")

    assert seal.name == "广西壮族自治区人力资源和社会保障厅职称专用章(1)"
    assert seal.line == "职称专用章(1)"


@pytest.mark.req("R140")
def test_liuzhou_seal_name_is_exact() -> None:
    assert prescribed_seal("LZ-ZGB").name == "柳州市职称改革工作领导小组办公室"


@pytest.mark.parametrize("seal", prescribed_seals().values(), ids=lambda seal: seal.code)
def test_drawing_holds_the_outline_of_every_character(seal: Seal) -> None:
    paths = [element.get("d") for element in ElementTree.fromstring(seal_svg(seal)).iter()]

    assert [path for path in paths if path][1:] == [outline(char).path for char in seal.name]


def test_arc_of_a_long_name_does_not_close_upon_itself() -> None:
    seal = office_seal("GX-ZGB", "广西壮族自治区职称改革工作领导小组办公室（测试）")

    angles = [
        float((element.get("transform") or "").split("(")[1].split(")")[0])
        for element in ElementTree.fromstring(seal_svg(seal))
        if "rotate" in (element.get("transform") or "")
    ]

    assert len(angles) == len(seal.name)
    assert angles[0] == pytest.approx(-angles[-1])
    assert angles[-1] - angles[0] < 300


def test_office_has_its_own_seal() -> None:
    seal = office_seal("ZGB-450100", "南宁市职称改革工作领导小组办公室（测试）")

    assert seal.name == seal.arc == "南宁市职称改革工作领导小组办公室（测试）"


def test_unknown_seal_is_refused() -> None:
    with pytest.raises(AppError) as error:
        prescribed_seal("XX-1")

    assert error.value.code == "seal.unknown"


@pytest.mark.parametrize("code", ["../root", "", "a", "A/B"])
def test_seal_code_cannot_be_a_path(code: str) -> None:
    with pytest.raises(AppError) as error:
        office_seal(code, "某办公室")

    assert error.value.code == "seal.bad_code"


def test_engraved_parts_must_be_the_name() -> None:
    with pytest.raises(AppError) as error:
        Seal(code="A", name="甲乙", arc="甲", line="丙")

    assert error.value.code == "seal.text_differs"
