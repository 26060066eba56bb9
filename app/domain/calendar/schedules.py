"""Calendar versions in the database: the first one, later schedules, and the calendar they make.

Loading a schedule adds a version and changes no deadline; `recomputation` lists and applies what
follows from it (WD8). A schedule that says nothing new adds no version.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.contention import share_turn, take_turn
from app.domain.calendar.contradictions import check_against
from app.domain.calendar.law import Calendar, DayRule, Source
from app.domain.calendar.national import national_schedules
from app.domain.calendar.notices import Schedule, file_name, read_lines
from app.domain.calendar.tables import CalendarDay, CalendarVersion
from app.domain.calendar.wording import say
from app.errors import DomainError

NOWHERE = "990000"
TURN = "calendar"


@dataclass(frozen=True)
class DayChange:
    """A day that a schedule declares otherwise than the calendar did until now."""

    day: date
    region: str | None
    works: bool
    name: str
    provisional: bool


class _Loaded:
    """The calendars of this process by version; versions never change, so neither do these."""

    MOST: ClassVar[int] = 8
    calendars: ClassVar[dict[str, Calendar]] = {}


def load_calendar(session: Session, version_id: str | None = None) -> Calendar:
    """Return the calendar of a version, without one of the latest."""
    known = _Loaded.calendars.get(version_id or "")
    if known is not None:
        return known
    found_id, number = _version(session, version_id)
    calendar = _Loaded.calendars.get(found_id)
    if calendar is None:
        calendar = Calendar(found_id, _rules(session, number))
        while len(_Loaded.calendars) >= _Loaded.MOST:
            _Loaded.calendars.pop(next(iter(_Loaded.calendars)), None)
        _Loaded.calendars[found_id] = calendar
    return calendar


def calendar_to_open_with(session: Session) -> Calendar:
    """Return the latest calendar for a period that this transaction opens.

    A schedule that is loaded meanwhile waits for the transaction, so that no period is opened by a
    calendar that everybody has already left.
    """
    share_turn(session, TURN)
    return load_calendar(session)


def seed_calendar(session: Session, folder: Path, *, now: datetime) -> CalendarVersion:
    """Make the first version of the package's schedules and the folder's CSV files, once."""
    first = session.scalar(select(CalendarVersion).where(CalendarVersion.number == 1))
    if first is not None:
        return first
    files = sorted(folder.glob("*.csv"))
    rules = national_schedules()
    for file in files:
        read = read_lines(file)
        check_against(read, Calendar("", tuple(rules)), file.name)
        rules += read
    sources = "、".join([rules[0].basis, *(file.name for file in files)])
    label = say("calendar.first_label")
    loader = say("calendar.first_loader")
    version = _add_version(session, rules, label=label, source=sources, loaded_by=loader, now=now)
    version.followed_at = now
    return version


def read_addition(session: Session, schedule: Schedule) -> list[DayRule]:
    """Return the rows that a schedule would add; raises DomainError naming every bad row."""
    lines, calendar = read_lines(schedule), load_calendar(session)
    check_against(lines, calendar, file_name(schedule))
    return list(lines)


def load_schedule(
    session: Session, schedule: Schedule, *, label: str, loaded_by: str, now: datetime
) -> CalendarVersion | None:
    """Add a version with a national or regional schedule or an override; None if nothing is new."""
    take_turn(session, TURN)
    rules = read_addition(session, schedule)
    if all(map(load_calendar(session).knows, rules)):
        return None
    bases = dict.fromkeys(rule.basis for rule in rules)
    source = "、".join(filter(None, [file_name(schedule), *bases]))
    return _add_version(session, rules, label=label, source=source, loaded_by=loaded_by, now=now)


def changed_days(rules: Iterable[DayRule], calendar: Calendar) -> list[DayChange]:
    """Return the days that rules make off or worked where a calendar says otherwise, in order."""
    found = []
    for rule in sorted(rules, key=lambda rule: (rule.day, rule.region or "")):
        # Any region without rows of its own speaks for the whole country.
        before = calendar.day(rule.day, rule.region or NOWHERE)
        if before.works != rule.works:
            provisional = before.source is Source.PROVISIONAL
            found.append(DayChange(rule.day, rule.region, rule.works, rule.name, provisional))
    return found


def versions(session: Session) -> Sequence[CalendarVersion]:
    """Return all versions, the latest first."""
    return session.scalars(select(CalendarVersion).order_by(CalendarVersion.number.desc())).all()


def unfollowed(session: Session) -> Sequence[CalendarVersion]:
    """Return the versions that open deadlines may not follow yet."""
    query = select(CalendarVersion).where(CalendarVersion.followed_at.is_(None))
    return session.scalars(query.order_by(CalendarVersion.number)).all()


def _add_version(
    session: Session,
    rules: Iterable[DayRule],
    *,
    label: str,
    source: str,
    loaded_by: str,
    now: datetime,
) -> CalendarVersion:
    number = session.scalar(select(func.max(CalendarVersion.number))) or 0
    version = CalendarVersion(
        number=number + 1, label=label, source=source, loaded_at=now, loaded_by=loaded_by
    )
    session.add(version)
    session.flush()  # The days need the version's id.
    session.add_all(CalendarDay.of(rule, version.id) for rule in rules)
    session.flush()  # Later days get later ids, and a calendar loaded next finds them all.
    return version


def _version(session: Session, version_id: str | None) -> tuple[str, int]:
    """Return id and number of a version, or of the latest."""
    query = select(CalendarVersion.id, CalendarVersion.number)
    if version_id is not None:
        query = query.where(CalendarVersion.id == version_id)
    found = session.execute(query.order_by(CalendarVersion.number.desc()).limit(1)).first()
    if found is None:
        raise DomainError("calendar.no_version", version=version_id or "")
    return found.id, found.number


def _rules(session: Session, number: int) -> tuple[DayRule, ...]:
    query = (
        select(CalendarDay)
        .join(CalendarVersion, CalendarVersion.id == CalendarDay.version_id)
        .where(CalendarVersion.number <= number)
        .order_by(CalendarVersion.number, CalendarDay.day, CalendarDay.id)
    )
    return tuple(row.rule for row in session.scalars(query))
