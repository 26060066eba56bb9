"""Roles of accounts: granting with separation of duties, ending, the groups they amount to.

The platform's three administrators never hold another role and never coincide, neither on one
account nor on two accounts of the same human being (his own applicant account excepted).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import (
    PERSON_ROLE,
    PLATFORM_ROLES,
    VENDOR_ROLE,
    Actor,
    group,
)
from app.domain.accounts.tables import Account, RoleAssignment
from app.domain.codes import has_code
from app.errors import DomainError

_ALONE = PLATFORM_ROLES | {VENDOR_ROLE}
_PUBLIC = "PUB"


def grant_role(
    session: Session,
    account: Account,
    role: str,
    organisation_code: str,
    *,
    on: date,
    granted_by: str,
    until: date | None = None,
) -> RoleAssignment:
    """Give an account a role from a day on; raises `accounts.separation_of_duties`.

    Granting what is held already changes nothing and returns the assignment in force.
    """
    if not has_code("roles", role) or role == _PUBLIC:
        raise DomainError("accounts.unknown_role", role=role)
    if role == PERSON_ROLE and organisation_code != account.person_code:
        raise DomainError("accounts.own_role_only", role=role)
    for held in account.assignments:
        if (held.role, held.organisation_code) == (
            role,
            organisation_code,
        ) and held.holds_on(on):
            return held
    _require_separation(session, account, role, on=on, until=until)
    assignment = RoleAssignment(
        account=account,
        role=role,
        organisation_code=organisation_code,
        valid_from=on,
        valid_to=until,
        granted_by=granted_by,
    )
    session.add(assignment)
    return assignment


def end_role(account: Account, role: str, organisation_code: str, *, on: date) -> None:
    """Take a role away; the day before is its last."""
    for held in account.assignments:
        if (held.role, held.organisation_code) == (
            role,
            organisation_code,
        ) and held.holds_on(on):
            held.valid_to = on - timedelta(days=1)


def holders_of(session: Session, role: str, organisation_code: str, *, on: date) -> list[Account]:
    """Return the accounts that hold a role at an organisation on a day, by user name."""
    found = session.scalars(
        select(RoleAssignment).where(
            RoleAssignment.role == role,
            RoleAssignment.organisation_code == organisation_code,
        )
    )
    accounts = {held.account_id: held.account for held in found if held.holds_on(on)}
    return sorted(accounts.values(), key=lambda account: account.user_name_key)


def accounts_at(session: Session, organisation_code: str, *, on: date) -> list[Account]:
    """Return the accounts that hold any role at an organisation on a day, by user name."""
    query = select(RoleAssignment).where(RoleAssignment.organisation_code == organisation_code)
    found = session.scalars(query)
    accounts = {held.account_id: held.account for held in found if held.holds_on(on)}
    return sorted(accounts.values(), key=lambda account: account.user_name_key)


def groups_of(account: Account, on: date) -> frozenset[str]:
    """Return the groups of an account on a day; a person's account has its own group always."""
    held = [each for each in account.assignments if each.holds_on(on)]
    groups = {group(each.role, each.organisation_code) for each in held}
    if account.person_code is not None and not any(each.role in _ALONE for each in held):
        groups.add(group(PERSON_ROLE, account.person_code))
    return frozenset(groups)


def actor_of(account: Account, on: date) -> Actor:
    """Return who acts through an account on a day."""
    return Actor(
        account_id=account.id,
        person_code=account.person_code,
        name=account.display_name,
        groups=groups_of(account, on),
        organisation=account.organisation_code,
    )


def _require_separation(
    session: Session, account: Account, role: str, *, on: date, until: date | None
) -> None:
    for held in _other_roles(session, account):
        over = held.valid_to is not None and held.valid_to < on
        later = until is not None and held.valid_from > until
        if over or later or held.role == role:
            continue
        if role in _ALONE or held.role in _ALONE:
            raise DomainError("accounts.separation_of_duties", role=role, held=held.role)


def _other_roles(session: Session, account: Account) -> Iterator[RoleAssignment]:
    yield from account.assignments
    if account.person_code is None:
        return
    same_human = select(Account).where(
        Account.person_code == account.person_code, Account.id != account.id
    )
    for other in session.scalars(same_human):
        yield from (held for held in other.assignments if held.role != PERSON_ROLE)
