"""Addresses notices, keeps them as rows, and notes what became of them.

An SMS row is only queued here: the caller writes the outbox row that sends it, in the same
transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.notifications.composing import NoticeTemplate, compose, found
from app.domain.notifications.tables import (
    AddresseeKind,
    Channel,
    NoticeState,
    Notification,
)


@dataclass(frozen=True)
class Addressee:
    """Whom a notice is for."""

    kind: AddresseeKind
    code: str


def to_account(account_id: str) -> Addressee:
    """Address one account."""
    return Addressee(AddresseeKind.ACCOUNT, account_id)


def to_person(person_code: str) -> Addressee:
    """Address a person, whichever account he signs in with."""
    return Addressee(AddresseeKind.PERSON, person_code)


def to_group(group: str) -> Addressee:
    """Address everybody who holds a role at an organisation, written `ROLE@ORG`."""
    return Addressee(AddresseeKind.GROUP, group)


def notify(
    session: Session,
    *,
    to: Addressee,
    template: NoticeTemplate | str,
    params: Mapping[str, Any],
    now: datetime,
    case_no: str | None = None,
    channels: Collection[Channel] | None = None,
) -> list[Notification]:
    """Add one notice per channel of the template and return them; SMS rows are queued."""
    rows, source = [], found(template)
    for channel in channels if channels is not None else sorted(source.texts):
        message = compose(source, channel, params)
        inbox = channel is Channel.INBOX
        row = Notification(
            id=new_id(),
            to_kind=to.kind,
            to_code=to.code,
            channel=channel,
            template=source.key,
            case_no=case_no,
            params=message.params,
            title=message.title,
            text=message.text,
            state=NoticeState.DELIVERED if inbox else NoticeState.QUEUED,
            created_at=now,
        )
        session.add(row)
        rows.append(row)
    return rows


def mark_delivered(row: Notification, *, now: datetime) -> None:
    """Note that the gateway took the notice."""
    row.state, row.changed_at, row.error = NoticeState.DELIVERED, now, None


def mark_failed(row: Notification, *, error: str, now: datetime) -> None:
    """Note that the notice could not be delivered; the office's board lists it."""
    row.state, row.changed_at, row.error = NoticeState.FAILED, now, error


def undelivered(session: Session, *, limit: int) -> Sequence[Notification]:
    """Return the notices that failed, the newest first."""
    query = select(Notification).where(Notification.state == NoticeState.FAILED)
    return session.scalars(query.order_by(Notification.created_at.desc()).limit(limit)).all()
