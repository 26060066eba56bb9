"""How typed text is made uniform before anything judges it.

Nothing here refuses: invisible and control characters go, forms of one character become one form.
Identifiers are narrowed further, so that full-width digits and spaces are accepted.
"""

from __future__ import annotations

import unicodedata

# Joiners carry meaning in the scripts of minorities; every other invisible character goes.
KEPT_FORMAT = frozenset("\u200c\u200d\u180e")
REMOVED = frozenset({"Cc", "Cf", "Cs"})
LAYOUT = "\n\t"
LINE_ENDS = dict.fromkeys(map(ord, "\u0085\u2028\u2029"), "\n")


def as_text(raw: object) -> str:
    """Return what was typed as text; anything that cannot have been typed is empty."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    return ""


def _visible(character: str) -> bool:
    return character in KEPT_FORMAT or unicodedata.category(character) not in REMOVED


def _without_invisible(text: str, kept: str = "") -> str:
    if text.translate(dict.fromkeys(map(ord, kept))).isprintable():
        return text
    return "".join(c for c in text if c in kept or _visible(c))


def one_line(raw: object) -> str:
    """Return trimmed NFC text on one line."""
    words = as_text(raw).translate(LINE_ENDS).replace("\r", "\n").replace("\n", " ")
    words = words.replace("\t", " ")
    return unicodedata.normalize("NFC", _without_invisible(words)).strip()


def many_lines(raw: object) -> str:
    """Return trimmed NFC text whose lines end with a line feed."""
    text = as_text(raw).replace("\r\n", "\n").replace("\r", "\n").translate(LINE_ENDS)
    return unicodedata.normalize("NFC", _without_invisible(text, LAYOUT)).strip()


def narrow(text: str) -> str:
    """Return an identifier's half-width characters without any spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())
