"""Where an instance stands, for the operators: tokens, what they wait for, variables, history.

Nothing here shows what people filled in; variables carry what the procedure decides on, and what
is shaped like a personal number in them is masked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.engine.operating.repairs import Ground
from app.engine.operating.repeating import repeatable
from app.engine.operating.requests import looked_at, open_requests
from app.engine.operating.setting import FROZEN, masked
from app.engine.tables import (
    Incident,
    MessageSubscription,
    Outbox,
    ProcessInstance,
    TaskCandidate,
    Timer,
)
from app.errors import EngineError
from app.messages import message
from app.web import chronicle
from app.web.chips import chip_of
from app.web.extensions import house
from app.web.progress import Progress, progress


@dataclass(frozen=True)
class Place:
    """A token as operators see it."""

    id: str
    name: str
    where: str
    waits_for: str
    item: int | None
    failed: bool
    movable: bool


@dataclass(frozen=True)
class Variable:
    """A variable of the instance with its value as JSON."""

    name: str
    value: str
    frozen: bool


def standing(
    session: Session, instance: ProcessInstance, now: datetime, actor: Actor
) -> dict[str, Any]:
    """Return what the page of an instance shows."""
    bundle = house().tools.bundles.get(session, instance.bundle_id)
    where = progress(session, bundle, instance, now)
    lines = chronicle.timeline(session, bundle, instance.id)
    return {
        "instance": instance,
        "title": bundle.descriptor.title,
        "version": bundle.version,
        "where": where,
        "steps": [replace(step, by="") for step in where.steps],
        "timeline": [_unnamed(line) for line in lines],
        "ending": chronicle.ending(session, instance.id),
        "suspension": chronicle.suspension(session, instance),
        "incidents": list(session.scalars(_of(Incident, instance.id))),
        "requests": open_requests(session, subject_id=instance.id),
        "diagram_endpoint": "operating.drawing",
        "diagram_id": instance.id,
        **_waiting(session, instance, where, now),
        **_core(looked_at(session, house().tools, instance, actor=actor, now=now)),
    }


def _waiting(
    session: Session, instance: ProcessInstance, where: Progress, now: datetime
) -> dict[str, Any]:
    """Return the rows that the instance waits for."""
    bundle = house().tools.bundles.get(session, instance.bundle_id)
    elements, open_tasks = bundle.definition.elements, where.open_tasks
    groups = select(TaskCandidate).where(
        TaskCandidate.task_id.in_([task.id for task in open_tasks])
    )
    timers = session.scalars(_of(Timer, instance.id).where(Timer.done_at.is_(None)))
    messages = session.scalars(
        _of(MessageSubscription, instance.id).where(MessageSubscription.done_at.is_(None))
    )
    return {
        "groups": list(session.scalars(groups)),
        "chips": {task.id: chip_of(session, task.deadline_id, now) for task in open_tasks},
        "timers": [(elements[row.element_id].name, row) for row in timers],
        "messages": [(elements[row.element_id].name, row) for row in messages],
        "work": list(session.scalars(_of(Outbox, instance.id).where(Outbox.done_at.is_(None)))),
    }


def _core(ground: Ground) -> dict[str, Any]:
    """Return tokens and variables; without them the page still opens when no state can be read.

    Whoever repairs a case needs its page most when something is wrong with it.
    """
    try:
        run = ground.run
        tokens = run.tokens()
        places = [
            Place(
                token.id,
                token.element.name or token.element.id,
                " › ".join(each.name or each.id for each in token.enclosing),
                token.waits_for,
                token.item,
                token.failed,
                movable=bool(run.steps_around(token.id)),
            )
            for token in tokens
        ]
        variables = run.root_variables()
        again = repeatable(ground)
    except EngineError:
        return {"places": [], "variables": [], "repeatable": False}
    found = [Variable(n, masked(v), n in FROZEN) for n, v in sorted(variables.items())]
    return {"places": places, "variables": found, "repeatable": bool(again)}


def _unnamed(line: chronicle.Line) -> chronicle.Line:
    """Return a line of history without what people said of the applicant, and without his name."""
    if line.kind == "returned":
        line = replace(line, reason="")
    if not line.by_person or line.organisation or not line.name or line.kind == "terminated":
        return line
    return line if line.operated else replace(line, name=message("web.applicant"))


def _of(table: type[Any], instance_id: str) -> Select[Any]:
    return select(table).where(table.instance_id == instance_id).order_by(table.id)
