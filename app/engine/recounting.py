"""Letting the open deadlines of one instance follow the latest calendar, and telling of it.

All of an instance moves in one transaction under its lock, or nothing does: the deadline rows, what
is copied from them, the history, the notices. What follows already is not listed again.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.audit import record as audit
from app.domain.calendar import (
    Deadline,
    DeadlineChange,
    apply_recompute,
    changes,
    load_calendar,
    recompute,
)
from app.domain.calendar.wording import end_text, last_day
from app.engine.acting import lock_instance
from app.engine.affected import PUBLICITY_MOVED, Affected, Telling, affected
from app.engine.history import History, whole
from app.engine.looking import instance_situation
from app.engine.periods import point_to
from app.engine.situation import Situation, Tools
from app.engine.tables import OPEN, Timer, UserTask
from app.engine.telling import tell, tell_account
from app.messages import message

RECOUNTED = "recounted"
SYSTEM = "PROCESS"


def to_recount(session: Session, *, now: datetime, most: int) -> list[str | None]:
    """Return up to so many instances whose deadlines do not follow the latest calendar yet.

    None stands for the deadlines that belong to no instance.
    """
    calendar, found = load_calendar(session), dict[str | None, None]()
    older = Deadline.calendar_version != calendar.version
    for change in changes(session, calendar, now=now, where=older):
        found.setdefault(change.process_instance_id)
        if len(found) == most:
            break
    return list(found)


def recount(session: Session, tools: Tools, instance_id: str | None, *, now: datetime) -> int:
    """Lock an instance and let its deadlines follow; returns how many ends moved."""
    here = None
    if instance_id is not None:
        instance = lock_instance(session, instance_id)
        here = instance_situation(session, tools, instance, now)
    where = Deadline.process_instance_id.is_not_distinct_from(instance_id)
    found = recompute(session, load_calendar(session), now=now, where=where)
    concerned = affected(session, tools, found)
    for deadline in apply_recompute(session, found):
        _copy(session, tools, deadline)
    moved = [one for one in concerned if one.change.moved]
    if here is not None and moved:
        _note(here, moved)
    return len(moved)


def _copy(session: Session, tools: Tools, deadline: Deadline) -> None:
    """Let everything that repeats a deadline's end say the new one."""
    tasks = select(UserTask).where(UserTask.deadline_id == deadline.id, UserTask.status == OPEN)
    timers = select(Timer).where(Timer.deadline_id == deadline.id, Timer.done_at.is_(None))
    for row in (*session.scalars(tasks), *session.scalars(timers)):
        point_to(row, deadline)
    for follower in tools.registry.followers:
        follower.move(session, deadline)


def _note(here: Situation, moved: list[Affected]) -> None:
    history = History(here.session, here.instance_id or "")
    elements = here.bundle.definition.elements
    for one in moved:
        element = elements.get(one.element_id) or whole(here.bundle)
        history.write(RECOUNTED, element, at=here.now, reason=_words(one.change))
        for telling in one.told:
            _tell(here, one, telling)
    audit(
        here.session,
        actor=SYSTEM,
        action="recount",
        object_type="instance",
        object_id=here.instance_id or "",
        at=here.now,
        reason=moved[0].change.calendar_version,
    )


def _words(change: DeadlineChange) -> str:
    old, new = end_text(change.old_due_at), end_text(change.new_due_at)
    return message("schedule.end_moved", old=old, new=new)


def _tell(here: Situation, one: Affected, telling: Telling) -> None:
    change = one.change
    params = {"step": one.what, "old": end_text(change.old_due_at)}
    params |= {"new": end_text(change.new_due_at)}
    if telling.template == PUBLICITY_MOVED:
        params |= _period(here.session.get_one(Deadline, change.deadline_id))
    if telling.account_id:
        tell_account(here, telling.account_id, telling.template, params)
    else:
        tell(here, telling.group, telling.template, params)


def _period(deadline: Deadline) -> dict[str, str]:
    """Return what the notice of a publicity says about its period."""
    return {
        "event": "moved",
        "from": f"{deadline.start_on:%Y-%m-%d}",
        "to": f"{last_day(deadline.due_at):%Y-%m-%d}",
        "days": str(deadline.amount),
        "earliest": message("schedule.stamp", at=deadline.due_at),
        "reason": "",
    }
