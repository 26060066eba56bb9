"""One component of a form file while it is read: typed access that refuses with a place.

Every refusal is a `DefinitionError` with the file, the component and what to do; nothing a
designer wrote is silently ignored in `properties`, `validate` and `conditional`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import DefinitionError
from app.forms.expressions import fault_in, is_expression
from app.forms.wording import say

TRUTH = {True: True, False: False, "true": True, "false": False}
LONGEST = 20_000
LONGEST_EXPRESSION = 5_000


@dataclass(frozen=True)
class Node:
    """A component's JSON object, the file it stands in and how deep."""

    data: Mapping[str, Any]
    file: str
    depth: int = 0

    @property
    def element(self) -> str:
        """Return what a designer recognises the component by."""
        for name in ("key", "path", "id", "type"):
            if isinstance(self.data.get(name), str) and self.data[name]:
                return str(self.data[name])
        return "components"

    def refusal(self, code: str, **fields: Any) -> DefinitionError:
        """Return the error that names this component."""
        return DefinitionError(code, file=self.file, element=self.element, **fields)

    def section(self, name: str, known: frozenset[str]) -> Node:
        """Return an inner object whose entries are all known."""
        inner = self.data.get(name, {})
        if not isinstance(inner, Mapping):
            raise self.refusal("form.not_object", name=name)
        unknown = sorted(set(inner) - known)
        if unknown:
            raise self.refusal(
                "form.entry_unknown",
                name=f"{name}.{unknown[0]}",
                known="、".join(sorted(known)) or say("form.nothing"),
            )
        return Node({**inner, "id": self.element}, self.file, self.depth)

    def text(self, name: str) -> str:
        """Return a text, empty when it is missing."""
        value = self.data.get(name, "")
        if not isinstance(value, str):
            raise self.refusal("form.not_text", name=name)
        if len(value) > LONGEST:
            raise self.refusal("form.text_too_long", name=name, most=LONGEST)
        return value.strip()

    def fixed(self, name: str) -> str:
        """Return a text that may not be an expression."""
        value = self.text(name)
        if is_expression(value):
            raise self.refusal("form.no_expression_here", name=name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a truth value, also when the properties panel stored it as text."""
        value = self.data.get(name, default)
        if not isinstance(value, bool | str) or value not in TRUTH:
            raise self.refusal("form.not_flag", name=name)
        return TRUTH[value]

    def whole(self, name: str, default: int) -> int:
        """Return a non-negative whole number, also when it is stored as text."""
        value = self.data.get(name, default)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value[:10])
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.refusal("form.not_whole", name=name)
        return value

    def expression(self, name: str) -> str:
        """Return a FEEL expression, empty when it is missing."""
        value = self.text(name)
        if value:
            self.judge(name, value)
        return value

    def judge(self, name: str, expression: str) -> None:
        """Refuse what cannot be FEEL."""
        if len(expression) > LONGEST_EXPRESSION:
            raise self.refusal("form.text_too_long", name=name, most=LONGEST_EXPRESSION)
        fault = fault_in(expression)
        if fault is not None:
            raise self.refusal(
                "form.expression", name=name, expression=expression, reason=say(fault)
            )

    def objects(self, name: str) -> list[Node]:
        """Return a list of inner objects, empty when it is missing."""
        value = self.data.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self.refusal("form.not_objects", name=name)
        return [Node(item, self.file, self.depth + 1) for item in value]
