"""Seeds persons and accounts; identity numbers are encrypted on the way in.

Accounts get no password, so that nobody can sign in with one, unless a demo password is given.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.domain.accounts import (
    Account,
    AccountState,
    check_password,
    find_account,
    grant_role,
    hash_password,
    open_account,
)
from app.domain.codes import code_of
from app.domain.organisations import find_organisation
from app.domain.people import NewPerson, find_person, register_person
from app.domain.seed.reading import Row, day, rows, text

ROLES_SINCE = date(2018, 1, 1)
GRANTED_BY = "seed"
_NAMED_OFFICER_ROLES = ("R-CERT", "R-DEPT", "R-UADM")


def seed_persons(session: Session, folder: Path, *, now: datetime) -> None:
    """Enter the persons of a folder, with their old 15-digit numbers where known."""
    old_numbers = {row["person_id"]: row["id15"] for row in rows(folder, "legacy_ids")}
    for row in rows(folder, "persons"):
        if find_person(session, row["person_id"]) is None:
            new = _new_person(row, old_numbers.get(row["person_id"]), now)
            register_person(session, new, now=now)


def seed_accounts(session: Session, folder: Path, *, demo_password: str | None) -> None:
    """Open the accounts of a folder and grant their roles; all share the demo password's hash."""
    shared = None if demo_password is None else hash_password(check_password(demo_password))
    for row in rows(folder, "accounts"):
        if find_account(session, row["user_name"]) is not None:
            continue
        account = open_account(
            session,
            user_name=row["user_name"],
            display_name=row["display_name"],
            person_code=text(row, "person_id"),
            organisation_code=text(row, "organisation_code"),
            state=_state(session, row),
        )
        account.password_hash = shared
        _grant_roles(session, account, row["roles"].split(";"))


def _grant_roles(session: Session, account: Account, roles: list[str]) -> None:
    place = account.organisation_code or account.person_code or ""
    for role in roles:
        grant_role(session, account, role, place, on=ROLES_SINCE, granted_by=GRANTED_BY)
    organisation = find_organisation(session, place)
    if organisation is None or organisation.named_officer is not None:
        return
    if any(role in _NAMED_OFFICER_ROLES for role in roles):
        organisation.named_officer = account.user_name


def _state(session: Session, row: Row) -> AccountState:
    code = text(row, "organisation_code")
    organisation = None if code is None else find_organisation(session, code)
    if organisation is None or organisation.accepts_new_cases:
        return AccountState.ACTIVE
    return AccountState.PENDING


def _new_person(row: Row, id15: str | None, now: datetime) -> NewPerson:
    status = text(row, "status_zh")
    return NewPerson(
        code=row["person_id"],
        name=row["name_zh"],
        gender=code_of("genders", row["gender_zh"]),
        id_number=row["id_number"],
        id15=id15,
        birth_date=day(row, "birth_date"),
        mobile=text(row, "mobile"),
        unit_code=text(row, "unit_code"),
        relation_since=day(row, "relation_since"),
        insurance_since=day(row, "social_insurance_since"),
        status="ACTIVE" if status is None else code_of("person_status", status),
        education=text(row, "education_code"),
        consent_at=now,
    )
