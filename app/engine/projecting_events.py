"""Projecting waiting events: a timer row for each timer, a subscription for each message.

By the difference of token ids, as all projection. A repeating event that failed and was repaired
waits again under its old token: its row is opened again, it does not start anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.calendar import Deadline
from app.engine.arming import arm
from app.engine.host import InstanceHost
from app.engine.periods import close_period
from app.engine.situation import Situation
from app.engine.spiff import Run, Token
from app.engine.tables import MessageSubscription, ProcessInstance, Timer

TIMER, MESSAGE = "timer", "message"
ALL_EVENTS = frozenset({TIMER, MESSAGE})


def token_situation(run: Run, host: InstanceHost, token: Token) -> Situation:
    """Return the situation of a token, and remember which one is being projected."""
    host.evaluating = token.id
    return replace(
        host.situation,
        variables=run.context(token.id),
        token_id=token.id,
        element_id=token.element.id,
    )


def project_events(
    session: Session,
    instance: ProcessInstance,
    run: Run,
    host: InstanceHost,
    tokens: dict[str, Token],
) -> list[Token]:
    """Make the timers and subscriptions of an instance match its tokens; returns the new ones."""

    def close(timer: Timer) -> None:
        close_period(session, timer.deadline_id, now=host.situation.now)

    def start_timer(token: Token) -> None:
        here = token_situation(run, host, token)
        old = _closed_row(session, Timer, here)
        if old is None:
            arm(session, instance.id, token, here)
        else:
            old.done_at = None
            session.get_one(Deadline, old.deadline_id).closed_at = None

    def subscribe(token: Token) -> None:
        here = token_situation(run, host, token)
        old = _closed_row(session, MessageSubscription, here)
        if old is None:
            session.add(_subscription(token, here))
        else:
            old.done_at = None

    fresh: list[Token] = []
    # A migrated instance may have rows of events that only its former drawing knew.
    awaited = ALL_EVENTS if instance.migrated else host.situation.bundle.definition.awaited
    if TIMER in awaited:
        fresh = _match(session, Timer, TIMER, host, tokens, start_timer, close)
    if MESSAGE in awaited:
        _match(session, MessageSubscription, MESSAGE, host, tokens, subscribe, lambda row: None)
    return fresh


def _match(
    session: Session,
    rows: type[Any],
    awaited: str,
    host: InstanceHost,
    tokens: dict[str, Token],
    start: Callable[[Token], None],
    close: Callable[[Any], None],
) -> list[Token]:
    instance_id, now = host.situation.instance_id, host.situation.now
    query = select(rows).where(rows.instance_id == instance_id, rows.done_at.is_(None))
    known = {row.token_id: row for row in session.scalars(query)}
    gone = [row for token_id, row in known.items() if token_id not in tokens]
    for row in gone:
        row.done_at = now
    waiting = [t for t in tokens.values() if t.waits_for == awaited and t.id not in known]
    for token in waiting:
        start(token)
    for row in gone:  # afterwards: what begins now may share the period
        close(row)
    return waiting


def _closed_row(session: Session, rows: type[Any], here: Situation) -> Any | None:
    query = select(rows).where(rows.instance_id == here.instance_id, rows.token_id == here.token_id)
    return session.scalars(query).one_or_none()


def _subscription(token: Token, here: Situation) -> MessageSubscription:
    return MessageSubscription(
        id=new_id(),
        instance_id=here.instance_id,
        token_id=token.id,
        element_id=token.element.id,
        name=token.element.message,
        correlation_key=key_text(token.value),
        created_at=here.now,
    )


def key_text(value: Any) -> str:
    """Return a correlation key as it is compared: text; whole numbers without a fraction."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
