"""The Chinese sentences of forms, from `templates/messages/forms.toml`.

Form errors are finished sentences because they name the label of a field; every other layer hands
codes on. Sentences of the identifier rules are found in the folder's other files.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from app.errors import AppError

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "messages"


@cache
def _sentences() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def say(code: str, **fields: Any) -> str:
    """Return the sentence of a code with its gaps filled."""
    return _sentences()[code].format(**fields)


def say_error(error: AppError, **fields: Any) -> str:
    """Return the sentence of an error raised by a rule of a lower layer."""
    code = error.code if error.code in _sentences() else "form.not_accepted"
    return say(code, **{**fields, **error.fields})
