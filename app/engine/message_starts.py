"""Procedures that begin when a message comes, without anybody filling in a start form.

The message says whose case it is: `applicant` (person code), else `unit` (organisation code), and
`title_record` (its id). While a case begun by a message with a correlation key runs, the same
message with the same key begins no second one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.engine.bundles import Compiled
from app.engine.idempotency import answered, remember
from app.engine.messages import Message
from app.engine.situation import Tools
from app.engine.spiff import Element
from app.engine.start_tables import MessageStart
from app.engine.tables import ACTIVE, ProcessInstance
from app.engine.unattended import begin_unattended

VERB = "begin_by_message"


def start_for(bundle: Compiled, name: str) -> Element | None:
    """Return the start event of the bundle's process that a message begins, or None."""
    starts = bundle.definition.starts_of(bundle.key)
    return next((each for each in starts if each.message == name), None)


def begun_by(session: Session, tools: Tools, name: str) -> list[str]:
    """Return the published procedures whose newest version begins with a message."""
    bundles = tools.bundles.newest_of_all(session)
    return [bundle.key for bundle in bundles if start_for(bundle, name) is not None]


def begin(
    session: Session, tools: Tools, process_key: str, message: Message, *, now: datetime
) -> int:
    """Begin a case of one procedure; returns 1, or 0 when the case of this key still runs."""
    bundle = tools.bundles.newest(session, process_key)
    element = start_for(bundle, message.name)
    key = message.key_for(process_key)
    if element is None:
        return 0
    earlier = answered(session, key, None, VERB, process_key)
    if earlier is not None:
        return int(earlier["begun"])
    same_key = (process_key, message.name, message.correlation_key)
    last = session.get(MessageStart, same_key, with_for_update=True)
    begun = 0 if last is not None and _runs(session, last) else 1
    if begun:
        instance = begin_unattended(session, tools, bundle, element, message.variables, now=now)
        if last is not None:
            last.instance_id = instance.id
        elif message.correlation_key:
            # Two that begin at once meet at the primary key; the later one is repeated.
            session.add(
                MessageStart(
                    process_key=process_key,
                    name=message.name,
                    correlation_key=message.correlation_key,
                    instance_id=instance.id,
                )
            )
    remember(session, key, None, VERB, {"process": process_key, "begun": begun}, now)
    return begun


def _runs(session: Session, last: MessageStart) -> bool:
    return session.get_one(ProcessInstance, last.instance_id).status == ACTIVE
