"""Python values as the JSON that crosses into the isolate.

Dates, times and durations are tagged with a key that is drawn anew for each isolate, so that no
data of a form can pretend to be one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def encode(value: Any, tag: str) -> str:
    """Return JSON in ASCII; raises TypeError or ValueError for what FEEL has no value for."""

    def other(item: Any) -> Any:
        if isinstance(item, Mapping):
            return dict(item)
        if isinstance(item, AbstractSet):
            return sorted(item)
        if isinstance(item, Decimal):
            return int(item) if item == item.to_integral_value() else float(item)
        kind, text = _temporal(item)
        return {tag: kind, "text": text}

    return json.dumps(value, default=other, allow_nan=False, separators=(",", ":"))


def _temporal(value: Any) -> tuple[str, str]:
    if isinstance(value, datetime):
        return "date and time", value.isoformat()
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, time):
        return "time", value.isoformat()
    if isinstance(value, timedelta):
        return "duration", _duration(value)
    raise TypeError(f"{type(value).__name__} has no FEEL value")


def _duration(value: timedelta) -> str:
    sign = "-" if value < timedelta() else ""
    length = abs(value)
    seconds = length.seconds + length.microseconds / 1_000_000
    return f"{sign}P{length.days}DT{seconds:.6f}".rstrip("0").rstrip(".") + "S"
