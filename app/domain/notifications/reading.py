"""A person's notices: his own and those of his groups, newest first, and what he has read.

Reading is noted for each account; the first reader also makes the notice itself read, which is
the proof that it arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.notifications.sending import Addressee
from app.domain.notifications.tables import Channel, NoticeReading, NoticeState, Notification
from app.errors import NotAllowed

PAGE = 30
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Reader:
    """Who reads, and every address under which he receives notices."""

    account_id: str
    addressees: frozenset[Addressee]


@dataclass(frozen=True)
class Notice:
    """A notice as its reader sees it."""

    row: Notification
    unread: bool


@dataclass(frozen=True)
class NoticePage:
    """Some notices; `following` is where the next ones begin, empty on the last page."""

    notices: list[Notice]
    following: str = ""


def notices_of(
    session: Session,
    reader: Reader,
    *,
    only_unread: bool = False,
    case_no: str = "",
    after: str = "",
    size: int = PAGE,
) -> NoticePage:
    """Return a page of notices, the newest first."""
    query = select(Notification, _has_read(reader)).where(_for(reader))
    if only_unread:
        query = query.where(~_has_read(reader))
    if case_no:
        query = query.where(Notification.case_no == case_no)
    last = session.get(Notification, after) if after else None
    if last is not None:
        at, key = Notification.created_at, Notification.id
        query = query.where(or_(at < last.created_at, and_(at == last.created_at, key < last.id)))
    order = (Notification.created_at.desc(), Notification.id.desc())
    rows = session.execute(query.order_by(*order).limit(size + 1)).all()
    found = [Notice(row, not read) for row, read in rows[:size]]
    return NoticePage(found, found[-1].row.id if len(rows) > size else "")


def unread_count(session: Session, reader: Reader) -> int:
    """Count what the reader has not read."""
    query = select(func.count()).select_from(Notification)
    return session.scalar(query.where(_for(reader), ~_has_read(reader))) or 0


def mark_read(session: Session, notice_id: str, reader: Reader, *, now: datetime) -> Notification:
    """Note that the reader opened a notice; a foreign one is refused."""
    query = select(Notification).where(Notification.id == notice_id, _for(reader))
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotAllowed("notice.not_yours")
    _note(session, [row], reader, now)
    return row


def mark_all_read(session: Session, reader: Reader, *, now: datetime) -> int:
    """Note that the reader has read everything; returns how many were new."""
    query = select(Notification).where(_for(reader), ~_has_read(reader))
    rows = session.scalars(query.limit(MOST_AT_ONCE)).all()
    _note(session, rows, reader, now)
    return len(rows)


def case_numbers(session: Session, reader: Reader) -> Sequence[str]:
    """Return the numbers of the cases that the reader's notices speak of, the newest first."""
    newest = func.max(Notification.created_at).desc()
    query = select(Notification.case_no).where(_for(reader), Notification.case_no.is_not(None))
    query = query.group_by(Notification.case_no).order_by(newest)
    return [number for number in session.scalars(query.limit(MOST_AT_ONCE)) if number]


def _note(session: Session, rows: Sequence[Notification], reader: Reader, now: datetime) -> None:
    for row in rows:
        key = (row.id, reader.account_id)
        if session.get(NoticeReading, key) is None:
            session.add(NoticeReading(notification_id=key[0], account_id=key[1], read_at=now))
        if row.state == NoticeState.DELIVERED:
            row.state, row.changed_at = NoticeState.READ, now


def _has_read(reader: Reader) -> ColumnElement[bool]:
    return exists().where(
        NoticeReading.notification_id == Notification.id,
        NoticeReading.account_id == reader.account_id,
    )


def _for(reader: Reader) -> Any:
    conditions = [
        (Notification.to_kind == addressee.kind) & (Notification.to_code == addressee.code)
        for addressee in sorted(reader.addressees, key=lambda one: (one.kind, one.code))
    ]
    return (Notification.channel == Channel.INBOX) & or_(False, *conditions)
