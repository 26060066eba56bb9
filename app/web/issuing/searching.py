"""The record list: every issuance an officer may read, narrowed by what was posted.

What is searched for may be a person's name, so it is posted and never stands in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.clock import SHANGHAI
from app.domain.access.actor import Actor
from app.domain.issuance.tables import Issuance, IssuanceState
from app.domain.people import Person
from app.domain.titles.tables import TitleRecord
from app.engine.tables import UserTask
from app.web.issuing.lists import Line, lines, seen_by

PAGE = 30
LONGEST = 60


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to; empty texts narrow nothing."""

    state: str = ""
    batch: str = ""
    text: str = ""
    since: str = ""
    until: str = ""

    @property
    def active(self) -> bool:
        """Tell whether anything is narrowed."""
        return any(getattr(self, field.name) for field in fields(self))


def wanted(form: Mapping[str, str]) -> Wanted:
    """Read the search from a posted form."""
    given = {field.name: form.get(field.name, "").strip()[:LONGEST] for field in fields(Wanted)}
    if given["state"] not in set(IssuanceState):
        given["state"] = ""
    return Wanted(**given)


def found(session: Session, actor: Actor, narrowed: Wanted, after: str) -> tuple[list[Line], str]:
    """Return a page of records, the newest first, and where the next one begins."""
    query = (
        select(Issuance, TitleRecord, Person)
        .join(TitleRecord, TitleRecord.id == Issuance.title_record_id)
        .join(Person, Person.code == TitleRecord.person_code)
        .where(seen_by(session, actor), *_conditions(narrowed))
        .order_by(Issuance.id.desc())
    )
    if after:
        query = query.where(Issuance.id < after)
    rows: list[tuple[Issuance, TitleRecord, Person, UserTask | None]] = [
        (row[0], row[1], row[2], None) for row in session.execute(query.limit(PAGE + 1))
    ]
    following = rows[PAGE - 1][0].id if len(rows) > PAGE else ""
    return lines(session, rows[:PAGE]), following


def _conditions(narrowed: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if narrowed.state:
        conditions.append(Issuance.state == narrowed.state)
    if narrowed.batch:
        conditions.append(Issuance.batch.contains(narrowed.batch, autoescape=True))
    if narrowed.text:
        conditions.append(
            or_(
                Person.name.contains(narrowed.text, autoescape=True),
                Issuance.cert_no == narrowed.text,
                Issuance.case_no == narrowed.text,
            )
        )
    since, until = _day(narrowed.since), _day(narrowed.until)
    if since is not None:
        conditions.append(Issuance.opened_at >= _start(since))
    if until is not None:
        conditions.append(Issuance.opened_at < _start(until + timedelta(days=1)))
    return conditions


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
