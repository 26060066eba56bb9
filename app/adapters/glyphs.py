"""Which characters the fonts of our documents can print, and their outlines.

Rendering replaces a missing glyph by an empty box without a word, so every text is checked against
the fonts' character maps first. Rare characters of names are in Noto CJK and in few other fonts.
"""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from functools import lru_cache

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

from app.errors import AppError

SERIF = "Noto Serif CJK SC"
SANS = "Noto Sans CJK SC"
SERIF_BOLD = "Noto Serif CJK SC:bold"

_LAYOUT = frozenset("\n\r\t")

# A lazily read font seeks in one open file, which two threads may not do at once.
_reading = threading.RLock()


@dataclass(frozen=True)
class Outline:
    """One drawn character: SVG path data with y upwards, its advance and the em, in font units."""

    path: str
    advance: float
    em: int


def uncovered(text: str) -> list[str]:
    """Return the characters that no document font can print, each once, in order of appearance."""
    known = _covered()
    return [char for char in dict.fromkeys(text) if ord(char) not in known and char not in _LAYOUT]


def require_coverage(text: str) -> None:
    """Raise `document.uncovered_glyph` with the characters that cannot be printed."""
    missing = uncovered(text)
    if missing:
        raise AppError("document.uncovered_glyph", characters=" ".join(map(_shown, missing)))


@lru_cache(maxsize=512)
def outline(char: str) -> Outline:
    """Return the outline of one character in the bold serif face."""
    require_coverage(char)
    with _reading:
        font = _font(SERIF_BOLD)
        glyphs = font.getGlyphSet()
        glyph = glyphs[font.getBestCmap()[ord(char)]]
        pen = SVGPathPen(glyphs)
        glyph.draw(pen)
        return Outline(pen.getCommands(), glyph.width, font["head"].unitsPerEm)


def _shown(char: str) -> str:
    code = f"U+{ord(char):04X}"
    return f"{char} ({code})" if char.isprintable() else code


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    with _reading:
        return frozenset(code for family in (SERIF, SANS) for code in _font(family).getBestCmap())


@lru_cache(maxsize=4)
def _font(pattern: str) -> TTFont:
    path, index = _locate(pattern)
    return TTFont(path, fontNumber=index, lazy=True)


def _locate(pattern: str) -> tuple[str, int]:
    """Ask fontconfig, as the renderer does, and refuse its substitutes."""
    question = ["fc-match", "--format", "%{family}\n%{file}\n%{index}", pattern]
    answer = subprocess.run(question, capture_output=True, text=True, check=False).stdout
    family, _, place = answer.partition("\n")
    wanted = pattern.partition(":")[0]
    if wanted not in family.split(","):
        raise AppError("document.font_missing", family=wanted)
    path, _, index = place.partition("\n")
    return path, int(index)
