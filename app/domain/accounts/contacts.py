"""Where text messages go: the mobile numbers behind a person, an account or a group.

An officer's number stands at his account, an applicant's in the register of persons.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import PERSON_ROLE, organisation_of, role_of
from app.domain.accounts.roles import holders_of
from app.domain.accounts.tables import Account, RoleAssignment
from app.domain.people.register import find_person


def mobiles_of(session: Session, kind: str, code: str, *, on: date | None = None) -> list[str]:
    """Return the numbers behind an addressee: kind PERSON, ACCOUNT or GROUP, each number once.

    A group means its holders on a day; without a day those whose role has no end.
    """
    if kind == "PERSON":
        found = _of_person(session, code)
    elif kind == "ACCOUNT":
        account = session.get(Account, code)
        found = None if account is None else _of_account(session, account)
    else:
        return list(dict.fromkeys(_of_group(session, code, on)))
    return [] if found is None else [found]


def _of_group(session: Session, group: str, on: date | None) -> Iterator[str]:
    role, place = role_of(group), organisation_of(group)
    if role == PERSON_ROLE:
        own = _of_person(session, place)
        if own is not None:
            yield own
        return
    holders = (
        _endless(session, role, place) if on is None else holders_of(session, role, place, on=on)
    )
    for account in holders:
        number = _of_account(session, account)
        if number is not None:
            yield number


def _endless(session: Session, role: str, place: str) -> list[Account]:
    held = select(RoleAssignment).where(
        RoleAssignment.role == role,
        RoleAssignment.organisation_code == place,
        RoleAssignment.valid_to.is_(None),
    )
    return [each.account for each in session.scalars(held.order_by(RoleAssignment.id))]


def _of_account(session: Session, account: Account) -> str | None:
    own: str | None = account.mobile
    if own is not None or account.person_code is None:
        return own
    return _of_person(session, account.person_code)


def _of_person(session: Session, code: str) -> str | None:
    person = find_person(session, code)
    number: str | None = None if person is None else person.mobile
    return number
