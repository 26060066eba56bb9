"""Dates, times of day, and both together, in Beijing time whatever the reader's clock says.

Kept as ISO text (`2026-11-20`, `09:30`, `2026-11-20T09:30:00+08:00`) and seen by expressions as
dates and times. How people write them is in `app.forms.moments`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, ClassVar

from app.forms.components.base import Field, Setting, Unreadable, given_rules
from app.forms.context import Choice
from app.forms.moments import SUBTYPES, limit_of, moment_of, said, written
from app.forms.node import Node
from app.forms.text import one_line
from app.forms.wording import say

DATE, TIME = "date", "time"
NORMALISED = "utc_normalized"
NOT_READ = {"date": "form.not_a_date", "time": "form.not_a_time", "datetime": "form.not_a_moment"}
HOUR = 60


@dataclass(frozen=True, kw_only=True)
class DateField(Field):
    """`datetime` with the subtypes `date`, `time` and `datetime`."""

    type = "datetime"
    PROPERTIES: ClassVar[frozenset[str]] = Field.PROPERTIES | {"not_before", "not_after"}

    subtype: str = DATE
    interval: int = 1

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        subtype = node.text("subtype") or DATE
        if subtype not in SUBTYPES:
            raise node.refusal("form.subtype", subtype=subtype, known="、".join(SUBTYPES))
        if subtype != DATE and node.text("timeSerializingFormat") == NORMALISED:
            raise node.refusal("form.time_format")
        if not node.text("label"):
            label = node.text("timeLabel" if subtype == TIME else "dateLabel")
            node = Node({**node.data, "label": label}, node.file, node.depth)
        return super().arguments(node) | {
            "subtype": subtype,
            "interval": cls._interval(node) if subtype != DATE else 1,
            "rules": given_rules(cls._limits(node, subtype)),
        }

    @classmethod
    def _limits(cls, node: Node, subtype: str) -> dict[str, str | None]:
        own = node.section("properties", cls.PROPERTIES)
        limits = {name: own.expression(name) or None for name in ("not_before", "not_after")}
        if subtype != TIME and node.flag("disallowPassedDates"):
            limits["not_before"] = limits["not_before"] or "=today"
        return limits

    @classmethod
    def _interval(cls, node: Node) -> int:
        minutes = node.whole("timeInterval", 1)
        if not minutes or HOUR % minutes:
            raise node.refusal("form.time_interval")
        return minutes

    def expressions(self) -> Iterator[tuple[str, str]]:
        for attribute, expression in super().expressions():
            yield attribute.replace("validate.not_", "properties.not_"), expression

    def read(self, raw: object) -> Any:
        text = one_line(raw.isoformat() if isinstance(raw, date | time) else raw)
        if not text:
            return None
        found = moment_of(text, self.subtype)
        return Unreadable(text) if found is None else written(found)

    def is_readable(self, value: Any) -> bool:
        """Tell whether a raw or stored value is a date or time, or blank."""
        return not isinstance(self.read(value), Unreadable)

    def judge(self, value: Any, setting: Setting) -> list[str]:
        if isinstance(value, Unreadable):
            return [say(NOT_READ[self.subtype], label=self.label)]
        found = self.feel(value)
        if isinstance(found, datetime | time) and found.minute % self.interval:
            return [say("form.time_step", label=self.label, minutes=self.interval)]
        earliest, latest = (limit_of(setting.rules.get(n)) for n in ("not_before", "not_after"))
        if earliest is not None and _fit(found, earliest) < earliest:
            return [say("form.too_early", label=self.label, day=said(earliest))]
        if latest is not None and _fit(found, latest) > latest:
            return [say("form.too_late", label=self.label, day=said(latest))]
        return []

    def feel(self, value: Any) -> Any:
        return moment_of(value, self.subtype) if isinstance(value, str) else None

    def typed(self, value: Any) -> Any:
        """Return what the control holds: a moment without its offset."""
        read = self.read(value)
        if isinstance(read, Unreadable):
            return read.text
        return read[:16] if read and self.subtype == "datetime" else read

    def shown(self, value: Any, options: Sequence[Choice] = ()) -> str:
        found = moment_of(one_line(value), self.subtype)
        return one_line(value) if found is None else said(found)


def _fit(found: Any, limit: Any) -> Any:
    """Return a value as fine as the limit it is compared with; a day limits whole days."""
    if isinstance(found, datetime) and not isinstance(limit, datetime):
        return found.date() if isinstance(limit, date) else found.time()
    if type(found) is not type(limit):
        return limit
    return found
