"""Numbers: whole numbers and short decimals; what has more than 15 digits must be kept as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from app.forms.components.base import (
    ADORNERS,
    Field,
    Setting,
    Unreadable,
    given_rules,
    read_rule,
)
from app.forms.context import Choice
from app.forms.node import Node
from app.forms.text import as_text, narrow, one_line
from app.forms.wording import say

NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?")
GROUPED = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?:[^0-9]|$))")
EXACT_DIGITS = 15


@dataclass(frozen=True, kw_only=True)
class Number(Field):
    """`number`."""

    type = "number"
    RULES: ClassVar[frozenset[str]] = frozenset({"required", "min", "max"})
    ADORNERS: ClassVar[frozenset[str]] = ADORNERS

    decimals: int | None = None
    increment: str = ""
    as_string: bool = False

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        rules = node.section("validate", cls.RULES)
        limits = {name: read_rule(node, rules, name) for name in ("min", "max")}
        step = str(node.data.get("increment", "") or "")
        if step and (not NUMBER.fullmatch(step) or Decimal(step) <= 0):
            raise node.refusal("form.not_number", name="increment")
        given = node.data.get("decimalDigits") is not None
        return super().arguments(node) | {
            "rules": given_rules(limits),
            "decimals": node.whole("decimalDigits", 0) if given else None,
            "increment": step,
            "as_string": node.flag("serializeToString"),
        }

    def read(self, raw: object) -> Any:
        text = one_line(raw)
        plain = GROUPED.sub("", narrow(text))
        if not plain:
            return None
        if not NUMBER.fullmatch(plain):
            return Unreadable(text)
        exact = Decimal(plain)
        if self.as_string:
            return f"{exact:f}"
        if len(plain.lstrip("+-0").replace(".", "")) > EXACT_DIGITS:
            return Unreadable(text)
        return int(exact) if exact == exact.to_integral_value() else float(exact)

    def judge(self, value: Any, setting: Setting) -> list[str]:
        if isinstance(value, Unreadable):
            return [say("form.not_a_number", label=self.label)]
        exact = Decimal(str(value))
        found = list(self._shape_problems(exact))
        least, most = (_limit(setting.rules.get(name)) for name in ("min", "max"))
        if least is not None and exact < least:
            found.append(say("form.too_small", least=f"{least:f}"))
        if most is not None and exact > most:
            found.append(say("form.too_big", most=f"{most:f}"))
        return found

    def _shape_problems(self, exact: Decimal) -> Sequence[str]:
        if self.decimals is not None and exact != round(exact, self.decimals):
            code = "form.not_integer" if self.decimals == 0 else "form.decimals"
            return [say(code, decimals=self.decimals)]
        if self.increment and exact % Decimal(self.increment) != 0:
            return [say("form.increment", step=self.increment)]
        return []

    def is_blank(self, value: Any) -> bool:
        return value is None

    def typed(self, value: Any) -> Any:
        return as_text(value) if not isinstance(value, Unreadable) else value.text

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        return as_text(value)


def _limit(rule: Any) -> Decimal | None:
    text = as_text(rule)
    return Decimal(text) if NUMBER.fullmatch(text) else None
