"""How personal data are shortened for eyes that may not see them in full.

The only place that masks; pages, notices, documents and the log filter call it.
"""

from __future__ import annotations

import re

_STAR = "*"
_PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:[1-9]\d{16}[\dXx]|[1-9]\d{14}|1[3-9]\d{9})(?![0-9A-Za-z])",
    re.ASCII,
)


def mask_id_number(number: str) -> str:
    """Keep the first three and the last four characters: 450***********9973."""
    return _mask(number, 3, 4)


def mask_mobile(number: str) -> str:
    """Keep the first three and the last four digits: 199****0001."""
    return _mask(number, 3, 4)


def mask_name(name: str) -> str:
    """Keep the first and the last character; of two keep the first."""
    if len(name) <= 2:
        return name[:1] + _STAR if len(name) == 2 else _STAR
    return _mask(name, 1, 1)


def mask_certificate_number(number: str) -> str:
    """Keep the last four characters."""
    return _mask(number, 0, 4)


def looks_personal(text: str) -> bool:
    """Tell whether a text contains something shaped like an identity or mobile number."""
    return _PERSONAL.search(text) is not None


def mask_personal(text: str) -> str:
    """Mask whatever in a text is shaped like an identity or mobile number."""
    return _PERSONAL.sub(lambda found: _mask(found.group(), 3, 4), text)


def _mask(text: str, first: int, last: int) -> str:
    hidden = len(text) - first - last
    if hidden <= 0:
        return _STAR * len(text)
    return text[:first] + _STAR * hidden + text[len(text) - last :]
