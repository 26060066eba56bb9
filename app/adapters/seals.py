"""Official seals: what is engraved on them, and their drawing as SVG.

The seals that templates prescribe stand in `templates/documents/seals.toml`; every office has one
of its own besides. Characters are drawn as outlines, so a seal looks the same on paper and in a
browser and its glyphs do not mix with the text of the page.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import cos, pi, sin
from typing import Any

from app.adapters.glyphs import outline
from app.adapters.pdf import DOCUMENTS
from app.errors import AppError

RED = "#c8161d"

_CODE = re.compile(r"[A-Z][A-Z0-9-]*")

# The drawing is 42 mm wide, in tenths of a millimetre, with the centre at 0,0.
_RING = 203.0
_ARC_RADIUS = 162.0
_ARC_HEIGHT = 50.0
_ARC_DEGREES_PER_CHAR = 17.5
_ARC_DEGREES_ALONE = 292.0
_ARC_DEGREES_ABOVE_LINE = 244.0
_LINE_HEIGHT = 36.0
_LINE_WIDTH = 205.0
_LINE_MIDDLE = 122.0
_STAR = 70.0
# Middle of the em box of Noto CJK above the baseline, as a part of the em.
_EM_MIDDLE = 0.38


@dataclass(frozen=True)
class Seal:
    """A seal: `name` is the legal text; `arc` + `line` say where its parts are engraved."""

    code: str
    name: str
    arc: str
    line: str = ""

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise AppError("seal.bad_code", seal=self.code)
        if self.arc + self.line != self.name:
            raise AppError("seal.text_differs", seal=self.code)


@dataclass(frozen=True)
class AuthorityName:
    """The name that the test root certificate carries."""

    name: str
    organisation: str


def office_seal(code: str, name: str) -> Seal:
    """Return the round seal of an office: its organisation code and full name."""
    return Seal(code=code, name=name, arc=name)


def prescribed_seal(code: str) -> Seal:
    """Return a seal of the catalogue; raise `seal.unknown`."""
    try:
        return prescribed_seals()[code]
    except KeyError:
        raise AppError("seal.unknown", seal=code) from None


@lru_cache(maxsize=1)
def prescribed_seals() -> dict[str, Seal]:
    """Return the catalogue by code."""
    return {code: Seal(code=code, **texts) for code, texts in _catalogue()["seals"].items()}


def authority_name() -> AuthorityName:
    """Return the name of the test authority."""
    return AuthorityName(**_catalogue()["authority"])


@lru_cache(maxsize=1)
def _catalogue() -> dict[str, Any]:
    return tomllib.loads((DOCUMENTS / "seals.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def seal_svg(seal: Seal) -> str:
    """Draw the seal as an SVG element without a size of its own (42 mm on paper)."""
    parts = [
        f'<circle r="{_RING}" fill="none" stroke="{RED}" stroke-width="13"/>',
        f'<path fill="{RED}" d="{_star()}"/>',
        *_arc_glyphs(seal),
        *_line_glyphs(seal.line),
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-210 -210 420 420">'
        f"{''.join(parts)}</svg>"
    )


def _star() -> str:
    inner = _STAR * sin(pi / 10) / sin(pi * 7 / 10)
    corners = []
    for number in range(10):
        radius = inner if number % 2 else _STAR
        angle = number * pi / 5
        corners.append(f"{radius * sin(angle):.2f} {-radius * cos(angle):.2f}")
    return f"M{'L'.join(corners)}z"


def _arc_glyphs(seal: Seal) -> list[str]:
    widest = _ARC_DEGREES_ABOVE_LINE if seal.line else _ARC_DEGREES_ALONE
    step = min(_ARC_DEGREES_PER_CHAR, widest / max(len(seal.arc) - 1, 1))
    room = _ARC_RADIUS * step * pi / 180
    width = min(_ARC_HEIGHT * 0.86, room * 0.93)
    first = -step * (len(seal.arc) - 1) / 2
    return [
        _glyph(
            char,
            f"rotate({first + number * step:.3f}) translate(0 {-_ARC_RADIUS})",
            width=width,
            height=_ARC_HEIGHT,
        )
        for number, char in enumerate(seal.arc)
    ]


def _line_glyphs(line: str) -> list[str]:
    advances = [outline(char).advance / outline(char).em for char in line]
    total = sum(advances)
    if not total:
        return []
    width = min(_LINE_HEIGHT, _LINE_WIDTH / total)
    starts = accumulate(advances[:-1], initial=0.0)
    return [
        _glyph(
            char,
            f"translate({(start + advance / 2 - total / 2) * width:.2f} {_LINE_MIDDLE})",
            width=width,
            height=_LINE_HEIGHT,
        )
        for char, start, advance in zip(line, starts, advances, strict=True)
    ]


def _glyph(char: str, place: str, *, width: float, height: float) -> str:
    drawn = outline(char)
    across, up = width / drawn.em, height / drawn.em
    return (
        f'<path fill="{RED}" transform="{place} scale({across:.5f} {-up:.5f}) '
        f'translate({-drawn.advance / 2:.0f} {-_EM_MIDDLE * drawn.em:.0f})" d="{drawn.path}"/>'
    )
