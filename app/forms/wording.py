"""The Chinese sentences of forms.

Form errors are finished sentences because they name the label of a field; every other layer hands
codes on.
"""

from __future__ import annotations

from typing import Any

from app.errors import AppError
from app.messages import catalogue, message


def say(code: str, **fields: Any) -> str:
    """Return the sentence of a code with its gaps filled."""
    return message(code, **fields)


def say_error(error: AppError, **fields: Any) -> str:
    """Return the sentence of an error raised by a rule of a lower layer."""
    code = error.code if error.code in catalogue() else "form.not_accepted"
    return say(code, **{**fields, **error.fields})
