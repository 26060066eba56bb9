"""The register of persons: entering, finding, changing contact and employer, photos.

Numbers are checked and normalised here, so that one human being is one row whichever form of the
identity number is typed.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.db.keys import keyring
from app.domain.codes import label
from app.domain.people.identifiers import (
    birth_date_of,
    check_mobile,
    gender_of,
    normalise_id_number,
)
from app.domain.people.tables import Person, Photo
from app.errors import DomainError


@dataclass(frozen=True)
class NewPerson:
    """What is known when a person is entered; gender and birth date default to the number's."""

    name: str
    id_number: str
    mobile: str | None = None
    email: str | None = None
    gender: str | None = None
    birth_date: date | None = None
    id15: str | None = None
    unit_code: str | None = None
    relation_since: date | None = None
    insurance_since: date | None = None
    status: str = "ACTIVE"
    education: str | None = None
    consent_at: datetime | None = None
    code: str | None = None


def register_person(session: Session, new: NewPerson, *, now: datetime) -> Person:
    """Enter a person; raises `people.registered` when the identity number is known."""
    number = normalise_id_number(new.id_number, today=local_date(now))
    if find_by_hash(session, keyring().blind(number)) is not None:
        raise DomainError("people.registered")
    gender = new.gender or gender_of(number)
    label("genders", gender)
    label("person_status", new.status)
    person = Person(
        id=new_id(),
        code=new.code or new_person_code(),
        name=new.name.strip(),
        gender=gender,
        id_number_hash=keyring().blind(number),
        unit_code=new.unit_code,
        relation_since=new.relation_since,
        insurance_since=new.insurance_since,
        status=new.status,
        education=new.education,
        consent_at=new.consent_at,
        created_at=now,
    )
    person.id_number = number
    person.id15 = new.id15
    person.birth_date_text = (new.birth_date or birth_date_of(number)).isoformat()
    person.email = new.email
    if new.mobile is not None:
        change_mobile(person, new.mobile)
    session.add(person)
    return person


def new_person_code() -> str:
    """Return a fresh person code."""
    return f"P{secrets.randbelow(10**10):010d}"


def person(session: Session, code: str) -> Person:
    """Return a person; raises `people.unknown`."""
    found = find_person(session, code)
    if found is None:
        raise DomainError("people.unknown", person=code)
    return found


def find_person(session: Session, code: str) -> Person | None:
    """Return a person by code, or None."""
    return session.scalar(select(Person).where(Person.code == code))


def find_by_id_number(session: Session, text: str, *, today: date) -> Person | None:
    """Return the person with an identity number of 18 or 15 characters, or None."""
    number = normalise_id_number(text, today=today, historic=True)
    return find_by_hash(session, keyring().blind(number))


def find_by_name_and_id_number(
    session: Session, name: str, text: str, *, today: date
) -> Person | None:
    """Return the person whose name and identity number both fit, or None."""
    found = find_by_id_number(session, text, today=today)
    return found if found is not None and found.name == name.strip() else None


def find_by_hash(session: Session, id_number_hash: str) -> Person | None:
    """Return the person with a blind index value, or None."""
    return session.scalar(select(Person).where(Person.id_number_hash == id_number_hash))


def find_by_mobile(session: Session, text: str) -> list[Person]:
    """Return the persons who gave a mobile number; relatives may share one."""
    hashed = keyring().blind(check_mobile(text))
    return list(session.scalars(select(Person).where(Person.mobile_hash == hashed)))


def persons_of_unit(session: Session, unit_code: str) -> list[Person]:
    """Return the persons attached to a unit today."""
    found = select(Person).where(Person.unit_code == unit_code).order_by(Person.code)
    return list(session.scalars(found))


def change_mobile(person: Person, text: str) -> None:
    """Set a person's mobile number and its look-up value."""
    number = check_mobile(text)
    person.mobile = number
    person.mobile_hash = keyring().blind(number)


def change_unit(
    person: Person,
    unit_code: str | None,
    *,
    relation_since: date | None,
    insurance_since: date | None,
) -> None:
    """Attach a person to another unit, or to none; running cases keep their path."""
    person.unit_code = unit_code
    person.relation_since = relation_since
    person.insurance_since = insurance_since


def correct_identity(person: Person, *, name: str, birth_date: date) -> None:
    """Correct what the register says about a person; the identity number never changes."""
    person.name = name.strip()
    person.birth_date_text = birth_date.isoformat()


def add_photo(
    session: Session,
    person_code: str,
    *,
    storage_key: str,
    sha256: str,
    checks: Sequence[dict[str, Any]],
    source: str,
    at: datetime,
) -> Photo:
    """Enter a photo that passed its checks; it becomes the current one."""
    photo = Photo(
        person_code=person(session, person_code).code,
        storage_key=storage_key,
        sha256=sha256,
        checks=list(checks),
        source=source,
        at=at,
    )
    session.add(photo)
    return photo


def current_photo(session: Session, person_code: str) -> Photo | None:
    """Return a person's newest photo, or None."""
    newest = (
        select(Photo)
        .where(Photo.person_code == person_code)
        .order_by(Photo.at.desc(), Photo.id.desc())
        .limit(1)
    )
    return session.scalar(newest)
