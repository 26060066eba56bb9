"""One option chosen from a drop-down; also a title of the chosen series and level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from app.forms.components.choice import TITLES, ChoiceField
from app.forms.node import Node

BY_SERIES = "title_of_series"


@dataclass(frozen=True, kw_only=True)
class Select(ChoiceField):
    """`select`."""

    type = "select"
    PROPERTIES: ClassVar[frozenset[str]] = ChoiceField.PROPERTIES | {"series", "level"}
    KINDS: ClassVar[frozenset[str]] = ChoiceField.KINDS | {BY_SERIES}

    @classmethod
    def arguments(cls, node: Node) -> dict[str, Any]:
        found = super().arguments(node)
        own = node.section("properties", cls.PROPERTIES)
        keys = {name: own.fixed(name) for name in ("series", "level") if own.fixed(name)}
        if found["kind"] == BY_SERIES:
            if "series" not in keys:
                raise node.refusal("form.series_missing")
            found |= {"source": TITLES, "depends_on": keys}
        return found
