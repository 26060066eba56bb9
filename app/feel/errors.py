"""Errors of expressions and where they stand.

Every error of `app.feel` names file, element and attribute as far as the caller told them, and the
expression with the position of the mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.errors import EngineError


@dataclass(frozen=True)
class Place:
    """Where an expression is written."""

    file: str
    element: str
    attribute: str = ""


NOWHERE = Place("", "")
SHOWN, SHOWN_NEAR = 500, 20


class FeelError(EngineError):
    """An expression could not be worked out; `position` counts characters from 1."""

    def __init__(
        self,
        code: str,
        *,
        place: Place | None = None,
        expression: str = "",
        position: int | None = None,
        reason: str = "",
        **fields: Any,
    ) -> None:
        where = place or NOWHERE
        if len(expression) > SHOWN:
            expression = expression[:SHOWN] + "…"
        super().__init__(
            code, file=where.file, element=where.element, attribute=where.attribute,
            expression=expression, position=position, reason=reason, **fields,
        )  # fmt: skip
        self.place = where


class FeelSyntaxError(FeelError):
    """An expression is not FEEL."""


SYNTAX = {"feel.syntax", "feel.incomplete", "feel.empty"}


def failure(
    code: str, fields: dict[str, Any], *, expression: str, place: Place | None
) -> FeelError:
    """Return the error for what the isolate reported about an expression."""
    offset = fields.pop("position", None)
    kind = FeelSyntaxError if code in SYNTAX else FeelError
    expression = fields.pop("expression", expression)
    position = None if offset is None else _characters_before(expression, offset) + 1
    if code == "feel.incomplete" and (rest := expression[(position or 1) - 1 :].split()):
        # The parser misses something here, but the text goes on: what follows is the mistake.
        code, fields = "feel.syntax", {**fields, "near": rest[0]}
    if "near" in fields:
        fields["near"] = fields["near"][:SHOWN_NEAR]
    return kind(code, place=place, expression=expression, position=position, **fields)


def _characters_before(text: str, offset: int) -> int:
    """Count characters before a UTF-16 offset: the isolate counts rare characters twice."""
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * offset]
    return len(units.decode("utf-16-le", "replace"))
