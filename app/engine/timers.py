"""Firing what is due: in order of due instants, each from its own due instant.

Timers fire before people: every verb asks here first. A firing that starts further periods starts
them at the due instant, so weeks of downtime replay as if they had not been.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from app.engine.acting import act_and_advance, lock_instance
from app.engine.arming import rearm, repeats
from app.engine.host import ReadingHost
from app.engine.looking import instance_situation
from app.engine.periods import close_period
from app.engine.restoring import restore
from app.engine.situation import Situation, Tools
from app.engine.spiff import Run
from app.engine.tables import ACTIVE, ProcessInstance, Timer


def due_by(now: Any) -> ColumnElement[bool]:
    """Return the condition of timers that may fire: those of suspended instances wait."""
    stands_still = exists().where(
        ProcessInstance.id == Timer.instance_id, ProcessInstance.suspended_at.is_not(None)
    )
    return and_(Timer.done_at.is_(None), Timer.due_at <= now, ~stands_still)


def due_instances(session: Session, now: datetime, limit: int = 50) -> list[str]:
    """Return the instances with due timers, the longest overdue first."""
    query = select(Timer.instance_id, Timer.due_at).where(due_by(now))
    rows = session.execute(query.order_by(Timer.due_at).limit(limit))
    return list(dict.fromkeys(row[0] for row in rows))


def due_on(instance_id: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that something is due on an instance; both are values or columns."""
    return exists().where(Timer.instance_id == instance_id, due_by(now))


def is_due(session: Session, instance_id: str, now: datetime) -> bool:
    """Tell whether anything is due on an instance; reads no row that a lock should protect."""
    return bool(session.scalar(select(due_on(instance_id, now))))


def due_timer(session: Session, instance_id: str, now: datetime) -> Timer | None:
    """Return the instance's timer that fell due first, or None."""
    query = select(Timer).where(
        Timer.instance_id == instance_id, Timer.done_at.is_(None), Timer.due_at <= now
    )
    return session.scalars(query.order_by(Timer.due_at, Timer.id).limit(1)).first()


def fire_due_on(session: Session, tools: Tools, instance_id: str, now: datetime) -> int:
    """Lock an instance and fire all its timers due by `now`; returns how many fired."""
    instance = lock_instance(session, instance_id)
    fired = 0
    while instance.status == ACTIVE and instance.suspended_at is None:
        timer = due_timer(session, instance_id, now)
        if timer is None:
            break
        fire(session, tools, instance, timer)
        fired += 1
    return fired


def fire(session: Session, tools: Tools, instance: ProcessInstance, timer: Timer) -> None:
    """Fire one timer of a locked instance at its due instant."""
    due_at, token_id, again = timer.due_at, timer.token_id, repeats(timer)
    situation = instance_situation(session, tools, instance, due_at)
    timer.fired = True
    if not again:
        timer.done_at = due_at
    close_period(session, timer.deadline_id, now=due_at)
    if again:
        _rearm(instance, timer, situation)

    def act(run: Run) -> None:
        run.fire(token_id, last=not again)

    act_and_advance(instance, situation, act)


def _rearm(instance: ProcessInstance, timer: Timer, situation: Situation) -> None:
    """Start the next period before the firing is acted on: the act may end it again."""
    run = restore(instance, situation.bundle.definition, ReadingHost())
    rearm(timer, timer.token_id, replace(situation, variables=run.context(timer.token_id)))
