"""QR codes are one scalable path; that they can be read is tested on the printed page."""

from __future__ import annotations

from xml.etree import ElementTree

from app.adapters.qr import qr_svg


def test_code_is_a_square_svg_with_a_quiet_zone() -> None:
    svg = ElementTree.fromstring(qr_svg("https://zc.example.cn/v/abc"))

    _, _, width, height = (svg.get("viewBox") or "").split()
    assert width == height
    path = svg.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    assert (path.get("d") or "").startswith("M4 4h7")


def test_different_texts_give_different_codes() -> None:
    assert qr_svg("a") != qr_svg("b")
    assert qr_svg("a") == qr_svg("a")
