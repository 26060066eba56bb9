"""Calendar dates, kept as ISO text and seen by expressions as dates. Times of day are not asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from app.forms.components.base import Field, Setting, Unreadable, given_rules
from app.forms.context import Choice
from app.forms.node import Node
from app.forms.text import narrow, one_line
from app.forms.wording import say

WRITTEN = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})"
)
FIRST_YEAR, LAST_YEAR = 1900, 2100


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    """`datetime` with the subtype `date`."""

    type = "datetime"
    PROPERTIES: ClassVar[frozenset[str]] = Field.PROPERTIES | {"not_before", "not_after"}

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        subtype = node.text("subtype") or "date"
        if subtype != "date":
            raise node.refusal("form.subtype", subtype=subtype)
        if not node.text("label"):
            node = Node({**node.data, "label": node.text("dateLabel")}, node.file, node.depth)
        own = node.section("properties", cls.PROPERTIES)
        limits = {name: own.expression(name) or None for name in ("not_before", "not_after")}
        if node.flag("disallowPassedDates"):
            limits["not_before"] = limits["not_before"] or "=today"
        return super().arguments(node) | {"rules": given_rules(limits)}

    def expressions(self) -> Iterator[tuple[str, str]]:
        for attribute, expression in super().expressions():
            yield attribute.replace("validate.not_", "properties.not_"), expression

    def read(self, raw: object) -> Any:
        text = one_line(raw.isoformat() if isinstance(raw, date) else raw)
        if not text:
            return None
        day = _day(narrow(text))
        return Unreadable(text) if day is None else day.isoformat()

    def is_readable(self, value: Any) -> bool:
        """Tell whether a raw or stored value is a date or blank."""
        return not isinstance(self.read(value), Unreadable)

    def judge(self, value: Any, setting: Setting) -> list[str]:
        if isinstance(value, Unreadable):
            return [say("form.not_a_date", label=self.label)]
        earliest, latest = (_limit(setting.rules.get(n)) for n in ("not_before", "not_after"))
        if earliest is not None and value < earliest:
            return [say("form.too_early", label=self.label, day=earliest)]
        if latest is not None and value > latest:
            return [say("form.too_late", label=self.label, day=latest)]
        return []

    def feel(self, value: Any) -> Any:
        return date.fromisoformat(value) if isinstance(value, str) else None

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        return one_line(value)


def _day(text: str) -> date | None:
    found = WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _limit(rule: Any) -> str | None:
    if isinstance(rule, date):
        return rule.isoformat()[:10]
    return rule[:10] if isinstance(rule, str) and _day(rule[:10]) is not None else None
