"""The calendar's words: every code has its sentence, and every sentence is used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import app.domain.calendar
from app.domain.calendar.wording import SENTENCES


def test_codes_and_sentences_match() -> None:
    modules = Path(app.domain.calendar.__file__).parent.glob("*.py")
    code = "".join(module.read_text(encoding="utf-8") for module in modules)

    used = set(re.findall(r'"(calendar\.(?!toml)\w+)"', code))

    assert used == set(tomllib.loads(SENTENCES.read_text(encoding="utf-8")))
