"""Events of the palette: guarded starts, ends with the case's state, timers of working days."""

from __future__ import annotations

from typing import Any

from app.bootstrap.palette.fields import calendar, house_property, legal_basis, state, template
from app.bootstrap.palette.sources import Sources
from app.engine.guards import GUARD
from app.messages import message

TIMERS = ("bpmn:BoundaryEvent", "bpmn:IntermediateCatchEvent")


def events(sources: Sources) -> list[dict[str, Any]]:
    """Return the templates of events."""
    guard = house_property(
        GUARD, "rules", about=message("palette.guard_about", facts=sources.facts)
    )
    period = house_property(
        "period", "time", about=message("palette.period_about", periods=sources.periods)
    )
    timed = [calendar(), period, legal_basis(sources.clauses)]
    return [
        template(
            "event.start", message("palette.start"), message("palette.start_about"),
            "bpmn:StartEvent", [guard, legal_basis(sources.clauses)],
        ),
        template(
            "event.end", message("palette.end"), message("palette.end_about"),
            "bpmn:EndEvent", [state()],
        ),
        *(
            template(
                f"event.timer.{kind.removeprefix('bpmn:')}", message("palette.timer"),
                message("palette.timer_about"), kind, timed,
            )
            for kind in TIMERS
        ),
    ]  # fmt: skip
