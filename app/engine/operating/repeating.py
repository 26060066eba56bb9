"""Repeating an automatic step that was done: it works and writes its results once more.

The case stays where it is. A step that failed is not repeated but retried.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.engine.acting import act_and_advance
from app.engine.operating.repairs import Ground, Repair, text_of
from app.engine.operating.telling import tell_applicant, troubled, write_line
from app.engine.spiff import CannotMove, Element, Run
from app.engine.tables import ActivityEvent
from app.errors import EngineError
from app.messages import message

REPEATED, NOTICE = "repeated", "W07"


def repeatable(ground: Ground) -> list[Element]:
    """Return the automatic steps that have been done and may run once more."""
    done, run = _done(ground), ground.run
    return [e for e in ground.elements.values() if e.id in done and _is_repeatable(run, e)]


def _is_repeatable(run: Run, element: Element) -> bool:
    try:
        run.require_repeatable(element.id)
    except CannotMove:
        return False
    return True


def _done(ground: Ground) -> set[str]:
    query = select(ActivityEvent.element_id).where(
        ActivityEvent.instance_id == ground.locked.id, ActivityEvent.kind == "completed"
    )
    return set(ground.session.scalars(query))


def _check(ground: Ground) -> dict[str, Any]:
    name = text_of(ground, "element")
    ground.run.require_repeatable(name)
    if name not in _done(ground):
        element = ground.elements[name]
        raise EngineError("engine.repeat_not_done", name=element.name or name)
    return {"element": name}


def _foretell(ground: Ground) -> list[str]:
    element = ground.elements[_check(ground)["element"]]
    return [message("repair.runs_again", name=element.name or element.id)]


def _carry_out(ground: Ground) -> str:
    element = ground.elements[_check(ground)["element"]]

    def act(run: Run) -> None:
        run.repeat(element.id)

    what = message("repair.repeated", name=element.name or element.id)
    write_line(ground, REPEATED, what=what, element=element)
    act_and_advance(ground.locked, ground.situation, act)
    tell_applicant(ground, NOTICE, what=what)
    return what + troubled(ground)


REPAIR = Repair(_check, _foretell, _carry_out)
