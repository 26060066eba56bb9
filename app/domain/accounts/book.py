"""The book of accounts: opening, finding, activating, locking, setting passwords.

Who is allowed to open whose account is decided by the processes; this module keeps the rows right.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.domain.access.masks import looks_personal
from app.domain.accounts.passwords import check_password, hash_password
from app.domain.accounts.tables import Account, AccountState, WebSession
from app.domain.people.identifiers import check_mobile
from app.errors import DomainError

_LONGEST_NAME = 60


def open_account(
    session: Session,
    *,
    user_name: str,
    display_name: str,
    person_code: str | None = None,
    organisation_code: str | None = None,
    state: AccountState = AccountState.ACTIVE,
    legacy: bool = False,
    mobile: str | None = None,
) -> Account:
    """Open an account without a password; raises `accounts.user_name_taken`.

    A legacy account must change its password at the first sign-in.
    """
    name = _usable_name(user_name)
    if find_account(session, name) is not None:
        raise DomainError("accounts.user_name_taken", user_name=name)
    account = Account(
        id=new_id(),
        user_name=name,
        user_name_key=_key(name),
        display_name=display_name.strip(),
        person_code=person_code,
        organisation_code=organisation_code,
        state=state,
        legacy=legacy,
        must_change_password=legacy,
        failed_count=0,
        assignments=[],
    )
    account.mobile = None if mobile is None else check_mobile(mobile)
    session.add(account)
    return account


def find_account(session: Session, user_name: str) -> Account | None:
    """Return an account by user name, whatever its case, or None."""
    return session.scalar(select(Account).where(Account.user_name_key == _key(user_name)))


def account(session: Session, user_name: str) -> Account:
    """Return an account by user name; raises `accounts.unknown`."""
    found = find_account(session, user_name)
    if found is None:
        raise DomainError("accounts.unknown", user_name=user_name)
    return found


def accounts_of_person(session: Session, person_code: str) -> list[Account]:
    """Return the accounts that one human being uses."""
    found = select(Account).where(Account.person_code == person_code)
    return list(session.scalars(found.order_by(Account.user_name_key)))


def accounts_of_organisation(session: Session, organisation_code: str) -> list[Account]:
    """Return the accounts of an organisation's officers."""
    found = select(Account).where(Account.organisation_code == organisation_code)
    return list(session.scalars(found.order_by(Account.user_name_key)))


def activate(account: Account) -> None:
    """Let a pending or locked account be used."""
    account.state = AccountState.ACTIVE
    account.failed_count = 0
    account.locked_until = None


def lock(session: Session, account: Account, *, now: datetime) -> None:
    """Lock an account until it is activated again, and end its sessions."""
    account.state = AccountState.LOCKED
    end_sessions(session, account, now=now)


def set_password(session: Session, account: Account, password: str, *, now: datetime) -> None:
    """Set an account's password and end its sessions; raises `accounts.weak_password`."""
    account.password_hash = hash_password(check_password(password))
    account.must_change_password = False
    account.failed_count = 0
    account.locked_until = None
    end_sessions(session, account, now=now)


def set_first_password(session: Session, account: Account, password: str, *, now: datetime) -> None:
    """Set a password that somebody else chose; it must be changed at the first sign-in."""
    set_password(session, account, password, now=now)
    account.must_change_password = True


def end_sessions(session: Session, account: Account, *, now: datetime) -> None:
    """Revoke all open sessions of an account."""
    open_ones = WebSession.account_id == account.id, WebSession.revoked_at.is_(None)
    session.execute(update(WebSession).where(*open_ones).values(revoked_at=now))


def _usable_name(user_name: str) -> str:
    name = unicodedata.normalize("NFKC", user_name).strip()
    if not 2 <= len(name) <= _LONGEST_NAME or any(each.isspace() for each in name):
        raise DomainError("accounts.user_name_form", longest=_LONGEST_NAME)
    if looks_personal(name):
        raise DomainError("accounts.user_name_personal")
    return name


def _key(user_name: str) -> str:
    return unicodedata.normalize("NFKC", user_name).strip().casefold()
