"""The central electronic-licence library: what is pushed to it, and what it answers.

The protocol with its HTTP client, a fake in memory, and a small library of our own that tests and
the demo reach over real HTTP. Fake and server keep the same book, so they answer alike.
"""

from app.adapters.licence_library.book import Book, FakeLicenceLibrary
from app.adapters.licence_library.client import HttpLicenceLibrary, UnsetLicenceLibrary
from app.adapters.licence_library.protocol import (
    Licence,
    LicenceLibrary,
    LicenceState,
    Receipt,
    conflict,
    unavailable,
)
from app.adapters.licence_library.server import MOODS, LibraryServer, running_library

__all__ = [
    "MOODS",
    "Book",
    "FakeLicenceLibrary",
    "HttpLicenceLibrary",
    "LibraryServer",
    "Licence",
    "LicenceLibrary",
    "LicenceState",
    "Receipt",
    "UnsetLicenceLibrary",
    "conflict",
    "running_library",
    "unavailable",
]
