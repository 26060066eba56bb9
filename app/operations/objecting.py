"""Objecting to a publicity: kept and handed to the process that publicises, in one transaction.

Called by the public page and by scenarios. Whether it still counts is decided with the instance
locked, so that an objection either finds its examiner or becomes a report; none falls between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.integrity.tables import Report
from app.domain.publicity.objections import is_running, receive, report_late
from app.domain.publicity.tables import Objection, Publicity
from app.engine.acting import lock_instance
from app.engine.engine import Engine
from app.engine.messages import Message, deliver, receivers
from app.errors import NotAllowed

MESSAGE = "objection_received"


@dataclass(frozen=True)
class Statement:
    """What somebody has to say; nobody's name when he wants to stay unknown."""

    facts: str
    name: str = ""
    contact: str = ""

    @property
    def objector(self) -> dict[str, str] | None:
        """Return who says it, or None."""
        return {"name": self.name, "contact": self.contact} if self.name else None


@dataclass(frozen=True)
class Receipt:
    """What the sender gets: a number, and whether it came in time."""

    number: str
    in_time: bool
    received_at: datetime


Keep = Callable[[Session, Objection | Report, datetime], None]


def _keep_nothing(session: Session, received: Objection | Report, now: datetime) -> None:
    """There is nothing but words."""


def object_to(
    engine: Engine, publicity_id: str, statement: Statement, *, keep: Keep = _keep_nothing
) -> Receipt:
    """Take an objection, or a report when it is too late; `keep` stores what belongs to it.

    Raises NotAllowed for a publicity that does not exist.
    """
    now = engine.clock.now()
    for instance_id in _waiting(engine, publicity_id, now):
        engine.fire_due(instance_id, now=now)
    with engine.unit_of_work() as session:
        waiting = receivers(session, Message(MESSAGE, publicity_id, {}), actor=None, now=now)
        for instance_id in waiting:
            lock_instance(session, instance_id)
        publicity = session.get(Publicity, publicity_id, populate_existing=True)
        if publicity is None:
            raise NotAllowed("publicity.unknown")
        if not (waiting and is_running(publicity, now)):
            late = report_late(
                session, publicity, objector=statement.objector, facts=statement.facts, now=now
            )
            keep(session, late, now)
            return Receipt(late.receipt_no, False, now)
        taken = receive(
            session, publicity, objector=statement.objector, facts=statement.facts, now=now
        )
        keep(session, taken, now)
        named = Message(MESSAGE, publicity_id, {"objection": {"id": taken.id}})
        for instance_id in waiting:
            deliver(session, engine.tools, instance_id, named, actor=None, now=now)
        return Receipt(taken.receipt_no, True, now)


def _waiting(engine: Engine, publicity_id: str, now: datetime) -> list[str]:
    with engine.unit_of_work() as session:
        return receivers(session, Message(MESSAGE, publicity_id, {}), actor=None, now=now)
