"""Field encryption: AES-256-GCM bound to its place, and a keyed blind index for look-up.

Ciphertext: one byte key version, 12 bytes nonce, ciphertext with tag. The associated data is
`table:row:column`, so a value copied to another row or column does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


@dataclass(frozen=True)
class Keyring:
    """Encryption keys by version (the highest seals) and the key of the blind index."""

    keys: dict[int, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt bytes for one place, `table:row:column`."""
        version = max(self.keys)
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[version]).encrypt(nonce, plain, place.encode())
        return bytes([version]) + nonce + sealed

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt; raises `cryptography.exceptions.InvalidTag` when moved or changed."""
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        return AESGCM(self.keys[sealed[0]]).decrypt(nonce, body, place.encode())

    def blind(self, value: str) -> str:
        """Return the HMAC-SHA-256 look-up value of a normalised text."""
        normal = unicodedata.normalize("NFKC", value).strip().upper()
        return hmac.new(self.index_key, normal.encode(), hashlib.sha256).hexdigest()


class _Installed:
    """The keyring of this process; set once by bootstrap."""

    ring: Keyring | None = None


def install(ring: Keyring) -> None:
    """Make a keyring the one that sealed attributes use."""
    _Installed.ring = ring


def keyring() -> Keyring:
    """Return the installed keyring; it is a programming error to ask before bootstrap."""
    if _Installed.ring is None:
        raise RuntimeError("no keyring installed; bootstrap does it")
    return _Installed.ring


class Sealed:
    """Attribute whose value is kept encrypted in a bytes column of the same row.

    The row needs `id` when a value is set (use `new_id()`). Values are JSON; None stays NULL.
    """

    def __init__(self, column: str) -> None:
        self.column = column

    def _place(self, row: Any) -> str:
        if not row.id:
            raise RuntimeError("a sealed attribute needs the row's id first")
        return f"{row.__tablename__}:{row.id}:{self.column}"

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        sealed = getattr(row, self.column)
        return None if sealed is None else json.loads(keyring().open(sealed, self._place(row)))

    def __set__(self, row: Any, value: Any) -> None:
        if value is None:
            setattr(row, self.column, None)
            return
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        setattr(row, self.column, keyring().seal(plain, self._place(row)))
