"""Signing in with user name and password: five failures lock for thirty minutes.

Unknown user, wrong password and a running lock answer alike and take equally long. The failure
must be stored although signing in is refused: `sign_in` commits it, `authenticate` leaves that to
a caller who catches the error inside his unit of work.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.unit_of_work import UnitOfWork
from app.domain.accounts.passwords import fits, hash_password, is_outdated
from app.domain.accounts.tables import Account, AccountState
from app.errors import DomainError

FAILURES_TO_LOCK = 5
LOCK_MINUTES = 30


class SignInRefused(DomainError):
    """The user name or the password is wrong, or too many attempts failed."""


def sign_in(unit_of_work: UnitOfWork, user_name: str, password: str, *, now: datetime) -> str:
    """Check user name and password in a transaction of its own and return the account's id."""
    refusal: DomainError
    with unit_of_work() as session:
        try:
            return authenticate(session, user_name, password, now=now).id
        except DomainError as error:
            refusal = error
    raise refusal


def authenticate(session: Session, user_name: str, password: str, *, now: datetime) -> Account:
    """Return the account that a user name and password open; `now` is system time.

    Raises `SignInRefused`, or with the right password `accounts.pending` and `accounts.locked`.
    """
    account = _locked_row(session, user_name)
    right = fits(account.password_hash if account else None, password)
    if account is None or _is_shut(account, now):
        raise _refusal()
    if not right:
        _count_failure(account, now)
        raise _refusal()
    require_usable(account)
    account.failed_count = 0
    account.locked_until = None
    account.last_login_at = now
    if account.password_hash is not None and is_outdated(account.password_hash):
        account.password_hash = hash_password(password)
    return account


def require_usable(account: Account) -> None:
    """Refuse a pending or locked account; raises `accounts.pending` or `accounts.locked`."""
    if account.state == AccountState.PENDING:
        raise DomainError("accounts.pending", user_name=account.user_name)
    if account.state == AccountState.LOCKED:
        raise DomainError("accounts.locked", user_name=account.user_name)


def _locked_row(session: Session, user_name: str) -> Account | None:
    key = unicodedata.normalize("NFKC", user_name).strip().casefold()
    found = select(Account).where(Account.user_name_key == key)
    return session.scalar(found.with_for_update(of=Account))


def _is_shut(account: Account, now: datetime) -> bool:
    return account.locked_until is not None and now < account.locked_until


def _count_failure(account: Account, now: datetime) -> None:
    account.failed_count += 1
    if account.failed_count >= FAILURES_TO_LOCK:
        account.failed_count = 0
        account.locked_until = now + timedelta(minutes=LOCK_MINUTES)


def _refusal() -> SignInRefused:
    return SignInRefused(
        "accounts.sign_in_refused", failures=FAILURES_TO_LOCK, minutes=LOCK_MINUTES
    )
