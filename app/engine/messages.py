"""Messages: delivered by name and correlation key to the tokens that wait for them.

Each instance takes a message in a transaction of its own, so that no two instances are ever locked
together. A message that nobody waits for is not kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.access.actor import Actor
from app.domain.audit import record as audit
from app.engine.acting import act_and_advance, lock_instance
from app.engine.idempotency import answered, remember
from app.engine.looking import instance_situation
from app.engine.operating.tables import HeldMessage
from app.engine.situation import Tools
from app.engine.spiff import Run
from app.engine.tables import ACTIVE, MessageSubscription, ProcessInstance

VERB = "correlate"


@dataclass(frozen=True)
class Message:
    """What is delivered, and the key of the command: sent twice, it is taken once."""

    name: str
    correlation_key: str
    variables: Mapping[str, Any]
    command: str | None = None

    def key_for(self, instance_id: str) -> str | None:
        """Return the idempotency key of this command for one instance."""
        if self.command is None:
            return None
        return _digest(f"{self.command}:{instance_id}")


def _awaiting(message: Message) -> Any:
    return (
        MessageSubscription.done_at.is_(None)
        & (MessageSubscription.name == message.name)
        & (MessageSubscription.correlation_key == message.correlation_key)
    )


def receivers(
    session: Session, message: Message, *, actor: Actor | None, now: datetime
) -> list[str]:
    """Return the instances that wait for a message; a repeated command goes to the same ones."""
    key = None if message.command is None else _digest(message.command)
    earlier = answered(session, key, actor, VERB, message.name)
    if earlier is not None:
        return list(earlier["instances"])
    query = select(MessageSubscription.instance_id).where(_awaiting(message))
    found = list(dict.fromkeys(session.scalars(query.order_by(MessageSubscription.id))))
    if found:
        remember(session, key, actor, VERB, {"message": message.name, "instances": found}, now)
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def deliver(
    session: Session,
    tools: Tools,
    instance_id: str,
    message: Message,
    *,
    actor: Actor | None,
    now: datetime,
) -> int:
    """Lock an instance and hand the message to each of its waiting tokens; returns how many."""
    instance = lock_instance(session, instance_id, by=actor)
    key = message.key_for(instance_id)
    earlier = answered(session, key, actor, VERB, instance_id)
    if earlier is not None:
        return int(earlier["taken"])
    query = select(MessageSubscription).where(
        _awaiting(message), MessageSubscription.instance_id == instance_id
    )
    subscriptions = session.scalars(query.order_by(MessageSubscription.id)).all()
    if instance.suspended_at is not None and subscriptions:
        taken = _keep(session, instance, message, actor, now)
    else:
        taken = _hand_to_all(session, tools, instance, subscriptions, message, actor, now)
    remember(session, key, actor, VERB, _answer(instance_id, taken), now)
    return taken


def _hand_to_all(
    session: Session,
    tools: Tools,
    instance: ProcessInstance,
    subscriptions: Sequence[MessageSubscription],
    message: Message,
    actor: Actor | None,
    now: datetime,
) -> int:
    taken = 0
    for subscription in subscriptions:
        # An earlier one may have interrupted what this one waited in.
        if instance.status == ACTIVE and subscription.done_at is None:
            _hand_over(session, tools, instance, subscription, message, actor, now)
            taken += 1
    return taken


def _keep(
    session: Session,
    instance: ProcessInstance,
    message: Message,
    actor: Actor | None,
    now: datetime,
) -> int:
    """Keep a message for a suspended instance, which takes it when it is resumed."""
    row = HeldMessage(
        id=new_id(),
        instance_id=instance.id,
        name=message.name,
        correlation_key=message.correlation_key,
        received_at=now,
        account_id=actor.account_id if actor is not None else None,
    )
    row.variables = dict(message.variables)
    session.add(row)
    return 1


def next_held(session: Session, instance_id: str) -> HeldMessage | None:
    """Return the message that came first while an instance was suspended, or None."""
    query = select(HeldMessage).where(
        HeldMessage.instance_id == instance_id, HeldMessage.done_at.is_(None)
    )
    return session.scalars(query.order_by(HeldMessage.received_at, HeldMessage.id)).first()


def hand_over_held(
    session: Session, tools: Tools, instance: ProcessInstance, held: HeldMessage, now: datetime
) -> None:
    """Hand a kept message over as if it came at the instant when it did."""
    held.done_at = now
    message = Message(held.name, held.correlation_key, held.variables)
    query = select(MessageSubscription).where(
        _awaiting(message), MessageSubscription.instance_id == instance.id
    )
    subscriptions = session.scalars(query.order_by(MessageSubscription.id)).all()
    _hand_to_all(session, tools, instance, subscriptions, message, None, held.received_at)


def _answer(instance_id: str, taken: int) -> dict[str, Any]:
    return {"instance_id": instance_id, "taken": taken}


def _hand_over(
    session: Session,
    tools: Tools,
    instance: ProcessInstance,
    subscription: MessageSubscription,
    message: Message,
    actor: Actor | None,
    now: datetime,
) -> None:
    token_id = subscription.token_id

    def act(run: Run) -> None:
        run.fire(token_id, message.variables)

    act_and_advance(instance, instance_situation(session, tools, instance, now, actor), act)
    if actor is not None:
        audit(
            session,
            actor=actor.account_id,
            action=VERB,
            object_type="message",
            object_id=message.name,
            at=now,
        )
