"""Files by content: what is stored is found again under the SHA-256 of its bytes.

The key is at once the integrity check, so a damaged file is noticed when it is read. Who may read
a file is not decided here but by the row that holds its key.
"""

from __future__ import annotations

import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from app.errors import AppError

_KEY = re.compile(r"[0-9a-f]{64}")


class Storage(Protocol):
    """Keeps immutable files under the SHA-256 of their content."""

    def put(self, content: bytes) -> str:
        """Store the content durably and return its key; storing the same twice is harmless."""

    def get(self, key: str) -> bytes:
        """Return the content; raise `storage.not_found` or `storage.damaged`."""

    def exists(self, key: str) -> bool:
        """Tell whether something is stored under the key."""


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise AppError("storage.bad_key", key=key)
    return key


def _intact(key: str, content: bytes) -> bytes:
    if sha256(content).hexdigest() != key:
        raise AppError("storage.damaged", key=key)
    return content


class FolderStorage:
    """A local folder; a file appears complete or not at all, also after a power cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        key = sha256(content).hexdigest()
        target = self._path(key)
        if not self._holds(target, content):
            target.parent.mkdir(parents=True, exist_ok=True)
            _write_atomically(target, content)
        return key

    def get(self, key: str) -> bytes:
        try:
            content = self._path(key).read_bytes()
        except FileNotFoundError:
            raise AppError("storage.not_found", key=key) from None
        return _intact(key, content)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)[:2] / key

    def _holds(self, target: Path, content: bytes) -> bool:
        # A damaged file is written again instead of being trusted because of its name.
        return target.is_file() and target.read_bytes() == content


def _write_atomically(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
    incoming = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        incoming.replace(target)
    except BaseException:
        incoming.unlink(missing_ok=True)
        raise
    # The new name is durable only after both folders that lead to it are.
    for folder in (target.parent, target.parent.parent):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class MemoryStorage:
    """The same promises without a disk; for tests and simulations."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        key = sha256(content).hexdigest()
        self.files[key] = bytes(content)
        return key

    def get(self, key: str) -> bytes:
        try:
            content = self.files[_checked(key)]
        except KeyError:
            raise AppError("storage.not_found", key=key) from None
        return _intact(key, content)

    def exists(self, key: str) -> bool:
        return _checked(key) in self.files
