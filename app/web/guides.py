"""The guide of a procedure, read from its own drawing: steps, working days and clauses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.clock import local_date
from app.engine.bundles import Compiled
from app.web.drawn_order import elements_in_order
from app.web.progress import STEPS, expected_days

LEGAL_BASIS = "legalBasis"


@dataclass(frozen=True)
class GuideStep:
    """A step before anybody has started."""

    name: str
    lane: str
    days: str
    note: str


@dataclass(frozen=True)
class Guide:
    """What the introduction says of the way."""

    steps: list[GuideStep]
    clauses: list[str]


def guide(bundle: Compiled, now: datetime) -> Guide:
    """Return the guide of the newest bundle as the law stands today."""
    return Guide(list(_steps(bundle)), list(dict.fromkeys(_clauses(bundle, now))))


def _steps(bundle: Compiled) -> Iterator[GuideStep]:
    lanes = {name: lane.name for lane in bundle.definition.lanes for name in lane.elements}
    for element in elements_in_order(bundle.definition, bundle.key):
        if element.kind in STEPS:
            note = element.documentation
            yield GuideStep(element.name, lanes.get(element.id, ""), expected_days(element), note)


def _clauses(bundle: Compiled, now: datetime) -> Iterator[str]:
    for element in bundle.definition.elements.values():
        clause = bundle.clause(element.properties.get(LEGAL_BASIS), local_date(now))
        if clause:
            yield clause
