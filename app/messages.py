"""The Chinese sentences of the house, by the codes that errors carry.

They stand in `templates/messages/*.toml`, one file for each subject, as `"subject.reason" = "…"`
with gaps such as `{file}`. Pages, API, `process check` and the command line put them together
here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from app.clock import local
from app.errors import AppError, Refused

FOLDER = Path(__file__).parents[1] / "templates" / "messages"


def load(folder: Path) -> Mapping[str, str]:
    """Read all files of a folder; a code that two files define is an error."""
    sentences: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        for code, sentence in tomllib.loads(path.read_text("utf-8")).items():
            if not isinstance(sentence, str):
                raise ValueError(f"{path.name}: {code} is no text; quote codes with dots")
            if code in sentences:
                raise ValueError(f"{path.name}: {code} is already defined")
            sentences[code] = sentence
    return sentences


@cache
def catalogue() -> Mapping[str, str]:
    """Return all sentences of the house."""
    return load(FOLDER)


def message(code: str, **fields: Any) -> str:
    """Return the sentence of a code; a missing code or field raises KeyError."""
    return catalogue()[code].format_map(_shown(fields))


def sentence(error: AppError) -> str:
    """Return the sentence that tells a person what an error means."""
    return message(error.code, **error.fields)


def sentences(error: AppError) -> list[str]:
    """Return everything an error says: refusals and forms carry several sentences."""
    if isinstance(error, Refused):
        return error.messages
    beside_fields = getattr(error, "errors", None)
    if isinstance(beside_fields, Mapping):
        return [text for texts in beside_fields.values() for text in texts]
    return [sentence(error)]


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in fields.items()}


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, (list, tuple, set, frozenset)):
        listed = sorted(value) if isinstance(value, (set, frozenset)) else value
        return "、".join(str(item) for item in listed)
    return value
