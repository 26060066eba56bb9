"""Accounts: user names and passwords, roles and groups, web sessions.

Time is an argument everywhere: system time for passwords and sessions, the legal day for roles.
"""

from app.domain.accounts.book import (
    account,
    accounts_of_organisation,
    accounts_of_person,
    activate,
    end_sessions,
    find_account,
    lock,
    open_account,
    set_first_password,
    set_password,
)
from app.domain.accounts.contacts import mobiles_of
from app.domain.accounts.passwords import check_password, hash_password
from app.domain.accounts.roles import (
    accounts_at,
    actor_of,
    end_role,
    grant_role,
    groups_of,
    holders_of,
)
from app.domain.accounts.sessions import (
    OpenedSession,
    ended_account,
    open_session,
    resume_session,
    revoke,
    rotate,
    touch,
    wants_touch,
)
from app.domain.accounts.sign_in import (
    SignInRefused,
    authenticate,
    require_usable,
    sign_in,
)
from app.domain.accounts.tables import Account, AccountState, RoleAssignment, WebSession

__all__ = [
    "Account",
    "AccountState",
    "OpenedSession",
    "RoleAssignment",
    "SignInRefused",
    "WebSession",
    "account",
    "accounts_at",
    "accounts_of_organisation",
    "accounts_of_person",
    "activate",
    "actor_of",
    "authenticate",
    "check_password",
    "end_role",
    "end_sessions",
    "ended_account",
    "find_account",
    "grant_role",
    "groups_of",
    "hash_password",
    "holders_of",
    "lock",
    "mobiles_of",
    "open_account",
    "open_session",
    "require_usable",
    "resume_session",
    "revoke",
    "rotate",
    "set_first_password",
    "set_password",
    "sign_in",
    "touch",
    "wants_touch",
]
