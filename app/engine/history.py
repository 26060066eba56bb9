"""History of an instance: append-only lines, each chained to the one before by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.db.keys import keyring
from app.domain.access.actor import Actor
from app.engine.bundles import Compiled
from app.engine.spiff import Element
from app.engine.tables import ActivityEvent

START = "0" * 64


def whole(bundle: Compiled) -> Element:
    """Return a procedure as the history names it: what happens to all of an instance."""
    key, title = bundle.key, bundle.descriptor.title
    return Element(id=key, kind="process", process_id=key, file="", name=title)


def _digest(event: ActivityEvent) -> str:
    content = [
        event.instance_id,
        event.seq,
        event.kind,
        event.element_id,
        event.element_name,
        event.element_kind,
        event.account_id,
        event.person_name,
        event.organisation,
        event.on_behalf_of,
        event.at.isoformat(),
        event.legal_basis,
        event.clause,
        event.reason,
        event.previous,
    ]
    text = json.dumps(content, ensure_ascii=False)
    return hmac.new(keyring().index_key, text.encode(), hashlib.sha256).hexdigest()


END = (
    select(ActivityEvent.seq, ActivityEvent.hash)
    .where(ActivityEvent.instance_id == bindparam("instance"))
    .order_by(ActivityEvent.seq.desc())
    .limit(1)
)


class History:
    """Writes the lines of one instance within one transaction."""

    def __init__(self, session: Session, instance_id: str) -> None:
        self._session = session
        self._instance_id = instance_id
        self._last: tuple[int, str] | None = None

    def forget(self) -> None:
        """Read the end of the chain again; called after a savepoint was rolled back."""
        self._last = None

    def _end(self) -> tuple[int, str]:
        if self._last is None:
            row = self._session.execute(END, {"instance": self._instance_id}).first()
            self._last = (row[0], row[1]) if row else (0, START)
        return self._last

    def write(
        self,
        kind: str,
        element: Element,
        *,
        at: datetime,
        actor: Actor | None = None,
        legal_basis: str | None = None,
        clause: str | None = None,
        on_behalf_of: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Append one line; a reason is kept sealed, because people write names into it."""
        seq, previous = self._end()
        event = ActivityEvent(
            id=new_id(),
            instance_id=self._instance_id,
            seq=seq + 1,
            kind=kind,
            element_id=element.id,
            element_name=element.name or element.id,
            element_kind=element.kind,
            account_id=actor.account_id if actor else None,
            person_name=actor.name if actor else None,
            organisation=actor.organisation if actor else None,
            on_behalf_of=on_behalf_of,
            at=at,
            legal_basis=legal_basis,
            clause=clause,
            previous=previous,
        )
        event.reason = reason
        event.hash = _digest(event)
        self._session.add(event)
        self._last = (seq + 1, event.hash)


def broken_at(session: Session, instance_id: str) -> int | None:
    """Return the first line that was changed or is missing, or None when the chain is whole."""
    query = select(ActivityEvent).where(ActivityEvent.instance_id == instance_id)
    previous = START
    for expected, event in enumerate(session.scalars(query.order_by(ActivityEvent.seq)), start=1):
        if event.seq != expected or event.previous != previous or event.hash != _digest(event):
            return expected
        previous = event.hash
    return None
