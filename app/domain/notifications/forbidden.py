"""Recognises the numbers that may not leave the platform in an SMS or stand in public texts.

An ID number is recognised by its shape and the birth date in it, so that a mistyped one is caught
too; for an SMS any run of digits as long as an ID or certificate number is too long.
"""

from __future__ import annotations

import re
from datetime import date

ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])", re.ASCII)
LONG_NUMBER = re.compile(r"\d{14}[\dXx]|\d{4}(?:[-. ]?\d{4}){2,}[-. ]?\d{3,}", re.ASCII)
OLD_LENGTH = 15


def holds_id_number(text: str) -> bool:
    """Say whether a full citizen ID number of 18 or 15 characters stands in a text."""
    return any(_has_birth_date(number) for number in ID_NUMBER.findall(text))


def holds_long_number(text: str) -> bool:
    """Say whether a text holds a number as long as an ID, certificate or management number."""
    return LONG_NUMBER.search(text) is not None


def _has_birth_date(number: str) -> bool:
    born = f"19{number[6:12]}" if len(number) == OLD_LENGTH else number[6:14]
    try:
        return 1900 <= date(int(born[:4]), int(born[4:6]), int(born[6:8])).year < 2100
    except ValueError:
        return False
