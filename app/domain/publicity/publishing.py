"""Beginning, clearing and stopping a publicity, and what the public may see of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.domain.publicity.content import GateFields, content_hash, public_content
from app.domain.publicity.tables import (
    Finding,
    Objection,
    Place,
    Publicity,
    PublicityKind,
    PublicityState,
)
from app.errors import DomainError

RUNNING = PublicityState.RUNNING
SHOWN = (PublicityState.RUNNING, PublicityState.PENDING_OBJECTION)


@dataclass(frozen=True)
class Announcement:
    """What is to be publicised, where, and who receives objections."""

    kind: PublicityKind
    place: Place
    content: Mapping[str, Any]
    text: str
    gate: GateFields
    receiver_code: str
    host_code: str
    unit_code: str | None = None


@dataclass(frozen=True)
class Period:
    """The legal period of a publicity, worked out by the calendar."""

    days: int
    end_exclusive: datetime
    deadline_id: str | None = None


@dataclass(frozen=True)
class PublicNotice:
    """What the publicity page shows."""

    id: str
    kind: str
    text: str
    content: dict[str, Any]
    published_on: date
    last_day: date
    days: int
    receiver_code: str


def publish(
    session: Session, case_no: str, what: Announcement, period: Period, *, now: datetime
) -> Publicity:
    """Begin the publicity of a case; one of the same kind that still runs is refused."""
    current = publicity_of(session, case_no, what.kind)
    if current is not None and current.state in SHOWN:
        raise DomainError("publicity.already_running", case_no=case_no)
    if period.end_exclusive <= now:
        raise DomainError("publicity.no_period", case_no=case_no)
    publicity = Publicity(
        id=new_id(),
        case_no=case_no,
        kind=what.kind,
        place=what.place,
        unit_code=what.unit_code,
        content=public_content(what.content, what.text),
        content_hash=content_hash(what.gate),
        text=what.text,
        published_at=now,
        published_on=local_date(now),
        days=period.days,
        end_exclusive=period.end_exclusive,
        deadline_id=period.deadline_id,
        state=RUNNING,
        receiver_code=what.receiver_code,
        host_code=what.host_code,
    )
    session.add(publicity)
    return publicity


def publicity_of(
    session: Session, case_no: str, kind: PublicityKind | None = None
) -> Publicity | None:
    """Return the newest publicity of a case."""
    query = select(Publicity).where(Publicity.case_no == case_no)
    if kind is not None:
        query = query.where(Publicity.kind == kind)
    newest = query.order_by(Publicity.published_at.desc(), Publicity.id.desc()).limit(1)
    return session.scalars(newest).one_or_none()


def clear(session: Session, publicity: Publicity, *, now: datetime) -> PublicityState:
    """End a publicity without upheld objection; never before its period is over."""
    if publicity.state != RUNNING:
        raise DomainError("publicity.cannot_clear", case_no=publicity.case_no)
    if now < publicity.end_exclusive:
        raise DomainError("publicity.not_over", case_no=publicity.case_no)
    unfounded = select(
        exists().where(
            Objection.publicity_id == publicity.id, Objection.finding == Finding.UNFOUNDED
        )
    )
    after_objection = session.scalar(unfounded)
    state = PublicityState.CLEAR_AFTER_OBJECTION if after_objection else PublicityState.CLEAR
    publicity.state, publicity.ended_at = state, now
    return state


def stop(publicity: Publicity, *, now: datetime) -> None:
    """Take a publicity from the page because its case was withdrawn; an ended one stays."""
    if publicity.state in SHOWN:
        publicity.state, publicity.ended_at = PublicityState.STOPPED, now


def unit_list(session: Session, unit_code: str, now: datetime) -> list[PublicNotice]:
    """Return what the accounts of a unit may read at this moment, the newest first."""
    return _notices(session, Publicity.unit_code == unit_code, now)


def _notices(session: Session, where: Any, now: datetime) -> list[PublicNotice]:
    query = select(Publicity).where(
        where,
        Publicity.state.in_(SHOWN),
        Publicity.published_at <= now,
        Publicity.end_exclusive > now,
    )
    rows: Sequence[Publicity] = session.scalars(
        query.order_by(Publicity.published_at.desc(), Publicity.id.desc())
    ).all()
    return [
        PublicNotice(
            id=row.id,
            kind=row.kind,
            text=row.text,
            content=row.content,
            published_on=row.published_on,
            last_day=row.last_day,
            days=row.days,
            receiver_code=row.receiver_code,
        )
        for row in rows
    ]
