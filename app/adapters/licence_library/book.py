"""The book of a licence library: one entry per identifier, and the moods that tests put it into.

The server of tests and demo keeps this book behind HTTP, the fake keeps it in memory; both are
idempotent by identifier because the book is.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from app.adapters.licence_library.protocol import (
    Licence,
    LicenceState,
    Receipt,
    conflict,
    unavailable,
)


@dataclass
class _Entry:
    licence: Licence
    state: LicenceState
    ready_at: float
    reason: str = ""

    def receipt(self) -> Receipt:
        licence = self.licence
        return Receipt(
            licence.identifier, self.state, licence.file_sha256, licence.metadata, self.reason
        )


@dataclass
class Book:
    """All licences of a library; what it should do wrong is told by its plain attributes."""

    generation_seconds: float = 0.0
    fail_next: int = 0
    """How many of the coming requests find the library closed."""
    lose_next: int = 0
    """How many of the coming pushes are carried out but never answered."""
    slow_seconds: float = 0.0
    """How long every answer takes."""
    silent: bool = False
    """Pushes are accepted and nothing is generated until this ends."""
    refuse: str = ""
    """Why generation fails from now on."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each identifier was pushed."""
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self._entries)

    def push(self, licence: Licence) -> tuple[Receipt, bool]:
        """Enter a licence and return its receipt and whether it was new; repeatable."""
        self._open()
        with self._lock:
            self.asked[licence.identifier] += 1
            entry = self._entries.get(licence.identifier)
            new = entry is None or self._gives_way(entry, licence)
            if entry is None or new:
                ready_at = time.monotonic() + self.generation_seconds
                entry = _Entry(licence, LicenceState.GENERATING, ready_at)
                self._entries[licence.identifier] = entry
            elif not _same(entry.licence, licence):
                raise conflict(licence.identifier)
            elif entry.state == LicenceState.FAILED and not self.refuse:
                entry.state, entry.reason = LicenceState.GENERATING, ""
            receipt = entry.receipt()
            if self.lose_next:
                self.lose_next -= 1
                raise LostAnswer
            return receipt, new

    def look_up(self, identifier: str) -> Receipt | None:
        """Return what stands under an identifier; generation goes on meanwhile."""
        self._open()
        with self._lock:
            entry = self._entries.get(identifier)
            if entry is None:
                return None
            self._go_on(entry)
            return entry.receipt()

    def _open(self) -> None:
        if self.slow_seconds:
            time.sleep(self.slow_seconds)
        with self._lock:
            if self.fail_next:
                self.fail_next -= 1
                raise unavailable("503")

    def _gives_way(self, entry: _Entry, licence: Licence) -> bool:
        if _same(entry.licence, licence):
            return False
        return entry.licence.file_sha256 in licence.replaces

    def _go_on(self, entry: _Entry) -> None:
        if entry.state != LicenceState.GENERATING or self.silent:
            return
        if self.refuse:
            entry.state, entry.reason = LicenceState.FAILED, self.refuse
        elif time.monotonic() >= entry.ready_at:
            entry.state = LicenceState.GENERATED


class LostAnswer(Exception):
    """The library did its work, but its answer does not arrive."""


def _same(one: Licence, other: Licence) -> bool:
    return replace(one, replaces=()) == replace(other, replaces=())


class FakeLicenceLibrary:
    """The protocol's promises without a network; for scenarios and simulations."""

    def __init__(self, book: Book | None = None) -> None:
        self.book = Book() if book is None else book

    def push(self, licence: Licence) -> Receipt:
        try:
            return self.book.push(licence)[0]
        except LostAnswer:
            raise unavailable("connection lost") from None

    def look_up(self, identifier: str) -> Receipt | None:
        return self.book.look_up(identifier)
