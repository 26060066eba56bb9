"""Long text on several lines: opinions, summaries, statements. Always personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from app.forms.components.base import Field, Setting, given_rules, read_rule
from app.forms.components.textfield import length_problems
from app.forms.context import Choice
from app.forms.node import Node
from app.forms.text import many_lines

LONGEST = 10_000


@dataclass(frozen=True, kw_only=True)
class TextArea(Field):
    """`textarea`."""

    type = "textarea"
    RULES: ClassVar[frozenset[str]] = frozenset({"required", "minLength", "maxLength"})
    SENSITIVE_KINDS: ClassVar[frozenset[str]] = frozenset({""})

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        rules = node.section("validate", cls.RULES)
        limits = {name: read_rule(node, rules, name) for name in ("minLength", "maxLength")}
        return super().arguments(node) | {"rules": given_rules(limits)}

    @property
    def empty(self) -> Any:
        return ""

    def read(self, raw: object) -> Any:
        return many_lines(raw)

    def judge(self, value: Any, setting: Setting) -> list[str]:
        return length_problems(value, setting.rules, LONGEST)

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        return many_lines(value)
