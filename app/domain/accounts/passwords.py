"""Passwords: the rule for choosing one, and Argon2id hashes.

The parameters (19 MiB, two passes, one lane) are OWASP's minimum and cost 22 ms here; the library's
defaults cost 165 ms of processor time, so that twelve sign-ins a second would fill two cores.
"""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import DomainError

MINIMUM_LENGTH = 8
MINIMUM_CLASSES = 3
_MAXIMUM_LENGTH = 128
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = _HASHER.hash("no account has this password")


def check_password(password: str) -> str:
    """Return a password that is long and varied enough; raises `accounts.weak_password`."""
    classes = (
        any(each.islower() for each in password),
        any(each.isupper() for each in password),
        any(each.isdigit() for each in password),
        any(not each.isalnum() for each in password),
    )
    if not MINIMUM_LENGTH <= len(password) <= _MAXIMUM_LENGTH or sum(classes) < MINIMUM_CLASSES:
        raise DomainError("accounts.weak_password", length=MINIMUM_LENGTH, classes=MINIMUM_CLASSES)
    return password


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password."""
    return _HASHER.hash(password)


def fits(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is right; takes as long when there is no hash to compare with."""
    try:
        _HASHER.verify(password_hash or _NOBODYS, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)
