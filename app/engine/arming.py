"""Arming a timer event: from its rule to a timer row with a deadline, once or again and again.

A repeating timer (`R3/P5D`, `R/P5D`) starts each further period at the instant the last one ended,
on the same calendar, so that weeks of downtime replay as if they had not been.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.clock import start_of_day
from app.db.base import new_id
from app.domain.calendar import Deadline, load_calendar, open_fixed_deadline
from app.engine.evidence import blamed_on, shown
from app.engine.periods import point_to
from app.engine.situation import WORKING_DAYS, Situation
from app.engine.spiff import Element, Token
from app.engine.start_tables import TimerStart
from app.engine.tables import Timer
from app.errors import EngineError
from app.feel import Place

CALENDAR = "calendar"
CYCLE = re.compile(r"^R(?P<times>[1-9]\d*)?/(?P<duration>P[^/]+)$")


def place_of(element: Element, attribute: str) -> Place:
    """Return where an expression stands, for its error."""
    return Place(element.file, element.id, attribute)


def basis_of_period(element: Element) -> str | None:
    """Return the clause that fixes the period; a plain time for work is nobody's law."""
    return element.properties.get("legalBasis") if "period" in element.properties else None


def instant(value: Any, element: Element) -> datetime | None:
    """Read an ISO date (its 00:00 in Shanghai) or date-time with offset; empty is None."""
    if value in (None, ""):
        return None
    try:
        if len(value) == len("2026-11-20"):
            return start_of_day(date.fromisoformat(value))
        found = datetime.fromisoformat(value.split("[")[0].split("@")[0])
    except (TypeError, ValueError) as error:
        raise EngineError(
            "engine.not_an_instant", element=element.id, value=shown(value)
        ) from error
    if found.tzinfo is None:
        raise EngineError("engine.instant_without_zone", element=element.id, value=shown(value))
    return found


def arm(session: Session, instance_id: str, token: Token, here: Situation) -> None:
    """Write the timer row of a timer event that started to wait."""
    element = token.element
    # Asked again rather than read from the token, so that a retry sees what was repaired.
    with blamed_on("timer"):
        rule = rule_of(element, here)
        deadline, left = first_deadline(element, token.id, here, rule)
    session.add(
        Timer(
            id=new_id(),
            instance_id=instance_id,
            token_id=token.id,
            element_id=element.id,
            deadline_id=deadline.id,
            rule=rule,
            due_at=deadline.due_at,
            cycles_left=left,
        )
    )


def rule_of(element: Element, here: Situation) -> str:
    """Return the date, duration or cycle that a timer event stands for here."""
    [rule] = here.evaluate([element.timer_expression or ""], place_of(element, "timer"))
    if not isinstance(rule, str) or not rule:
        raise EngineError("engine.timer_not_text", element=element.id, value=shown(rule))
    return rule


def repeats(timer: Timer | TimerStart) -> bool:
    """Tell whether a timer goes on after the firing that is due now."""
    return CYCLE.match(timer.rule) is not None and timer.cycles_left != 1


def rearm(timer: Timer | TimerStart, name: str, here: Situation) -> None:
    """Start a repeating timer's next period at the instant the last one ended."""
    element = here.bundle.definition.elements[timer.element_id]
    if element.properties.get(CALENDAR) == WORKING_DAYS:
        # A period of working days ends at 24:00: the day that begins then counts for the next one.
        here = replace(here, now=here.now - timedelta(microseconds=1))
    deadline = _cycle_deadline(element, name, here, timer.rule)
    point_to(timer, deadline)
    timer.lease_owner = timer.lease_until = None
    if timer.cycles_left is not None:
        timer.cycles_left -= 1


def first_deadline(
    element: Element, name: str, here: Situation, rule: str
) -> tuple[Deadline, int | None]:
    """Return the deadline of a timer's first firing, and how often it fires if that is limited.

    `name` tells apart the timers of one event: by token, or by bundle before there is any.
    """
    if element.timer_kind == "cycle":
        deadline = _cycle_deadline(element, name, here, rule)
        times = _cycle(element, rule)["times"]
        return deadline, None if times is None else int(times)
    kind = element.properties.get("period", _own_kind(element, name))
    if element.timer_kind == "duration":
        deadline = here.open_deadline(
            kind=kind,
            duration=rule,
            calendar=element.properties.get(CALENDAR),
            legal_basis=basis_of_period(element),
        )
        return deadline, None
    return _fixed_deadline(element, here, rule, kind), None


def _own_kind(element: Element, name: str) -> str:
    return f"timer:{element.id}:{name}"


def _cycle(element: Element, rule: str) -> re.Match[str]:
    found = CYCLE.match(rule)
    if found is None:
        raise EngineError("engine.timer_not_cycle", element=element.id, value=shown(rule))
    return found


def _cycle_deadline(element: Element, name: str, here: Situation, rule: str) -> Deadline:
    deadline = here.open_deadline(
        kind=_own_kind(element, name),
        duration=_cycle(element, rule)["duration"],
        calendar=element.properties.get(CALENDAR),
    )
    if deadline.due_at <= here.now:
        raise EngineError("engine.timer_not_cycle", element=element.id, value=shown(rule))
    return deadline


def _fixed_deadline(element: Element, here: Situation, rule: str, kind: str) -> Deadline:
    due_at = instant(rule, element)
    if due_at is None:
        raise EngineError("engine.timer_not_text", element=element.id, value=shown(rule))
    return open_fixed_deadline(
        here.session,
        load_calendar(here.session),
        subject=here.subject,
        kind=kind,
        start_at=here.now,
        due_at=due_at,
        region=here.region,
        legal_basis=element.properties.get("legalBasis"),
        instance_id=here.instance_id,
    )
