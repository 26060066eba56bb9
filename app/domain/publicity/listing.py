"""The public list of publicities: what runs now, and for a while what has ended, page by page.

Running ones show the full name, as their law wants; ended ones are listed with a masked name and
their result, and are found by unit and title only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from app.domain.access import mask_name
from app.domain.organisations import Organisation
from app.domain.publicity.publishing import SHOWN
from app.domain.publicity.tables import Place, Publicity, PublicityKind, PublicityState

PAGE = 20
# How long the bare result of an ended publicity stays listed.
LISTED_AFTER_END = timedelta(days=30)
ENDED = (
    PublicityState.RUNNING,
    PublicityState.CLEAR,
    PublicityState.CLEAR_AFTER_OBJECTION,
)


@dataclass(frozen=True)
class Search:
    """What somebody looks for; everything empty means all that runs."""

    text: str = ""
    unit: str = ""
    kind: str = ""
    ended: bool = False

    @property
    def active(self) -> bool:
        """Tell whether anything narrows the list."""
        return bool(self.text or self.unit or self.kind)


@dataclass(frozen=True)
class Listed:
    """A line of the list."""

    id: str
    kind: str
    state: str
    name: str
    title: str
    unit: str
    published_on: date
    last_day: date
    days: int
    deadline_id: str | None
    receiver: str
    contact: str
    ended: bool


@dataclass(frozen=True)
class ListPage:
    """One page of the list; `following` is where the next one begins, empty on the last."""

    lines: list[Listed]
    following: str = ""


def listed(
    session: Session, search: Search, *, now: datetime, after: str = "", size: int = PAGE
) -> ListPage:
    """Return a page of what everybody may read, the newest first."""
    columns: tuple[Any, ...] = (Publicity, Organisation.name)
    query = select(*columns).outerjoin(Organisation, Organisation.code == Publicity.unit_code)
    query = query.where(Publicity.place == Place.PLATFORM, _time(search.ended, now))
    query = _behind(session, query.where(*_wanted(search)), after)
    order = (Publicity.published_at.desc(), Publicity.id.desc())
    rows = session.execute(query.order_by(*order).limit(size + 1)).all()
    shown = rows[:size]
    receivers = _receivers(session, [row for row, _ in shown])
    lines = [_line(row, unit or "", receivers, ended=search.ended) for row, unit in shown]
    return ListPage(lines, shown[-1][0].id if len(rows) > size else "")


def _time(ended: bool, now: datetime) -> ColumnElement[bool]:
    if ended:
        return and_(
            Publicity.state.in_(ENDED),
            Publicity.end_exclusive <= now,
            Publicity.end_exclusive > now - LISTED_AFTER_END,
        )
    return and_(
        Publicity.state.in_(SHOWN), Publicity.published_at <= now, Publicity.end_exclusive > now
    )


def _wanted(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for word in search.text.split():
        places = [_content("title", word), _content("series", word)]
        if not search.ended:
            places += [_content("name", word), Publicity.text.icontains(word, autoescape=True)]
        found.append(or_(*places))
    if search.unit:
        found.append(Organisation.name.icontains(search.unit, autoescape=True))
    if search.kind in list(PublicityKind):
        found.append(Publicity.kind == search.kind)
    return found


def _content(key: str, word: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = Publicity.content[key].as_string().icontains(word, autoescape=True)
    return found


def _behind(session: Session, query: Select[Any], after: str) -> Select[Any]:
    last = session.get(Publicity, after) if after else None
    if last is None:
        return query
    same_moment = and_(Publicity.published_at == last.published_at, Publicity.id < last.id)
    return query.where(or_(Publicity.published_at < last.published_at, same_moment))


def _receivers(session: Session, rows: Sequence[Publicity]) -> dict[str, Organisation]:
    codes = {row.receiver_code for row in rows}
    query = select(Organisation).where(Organisation.code.in_(codes))
    return {found.code: found for found in session.scalars(query)}


def _line(row: Publicity, unit: str, receivers: dict[str, Organisation], *, ended: bool) -> Listed:
    receiver = receivers.get(row.receiver_code)
    name = str(row.content.get("name", ""))
    return Listed(
        id=row.id,
        kind=row.kind,
        state=row.state,
        name=mask_name(name) if ended else name,
        title=str(row.content.get("title", "")),
        unit=unit,
        published_on=row.published_on,
        last_day=row.last_day,
        days=row.days,
        deadline_id=row.deadline_id,
        receiver=receiver.name if receiver else "",
        contact=(receiver.contact or "") if receiver else "",
        ended=ended,
    )
