"""What passes between the platform and the electronic-licence library.

A licence is recognised by its identifier alone: pushed twice it is one licence. The platform's
signed file stays the original; the library is given its digest and must answer with the same.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from app.errors import AppError


class LicenceState(StrEnum):
    """How far the library is with a licence."""

    GENERATING = "GENERATING"
    GENERATED = "GENERATED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Licence:
    """What is pushed: metadata (names of GB/T 36903), photo, and the digest of the signed file.

    `replaces` holds digests of files that an earlier push under this identifier may have left
    behind and that never went online: the library may put this licence in their place.
    """

    identifier: str
    metadata: Mapping[str, str] = field(repr=False)
    file_sha256: str
    photo: bytes | None = field(default=None, repr=False)
    replaces: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return the licence as JSON."""
        photo = None if self.photo is None else b64encode(self.photo).decode()
        return {
            "identifier": self.identifier,
            "metadata": dict(self.metadata),
            "file_sha256": self.file_sha256,
            "photo": photo,
            "replaces": list(self.replaces),
        }


def read_licence(data: Any) -> Licence:
    """Read a licence from JSON; raises ValueError for anything else."""
    try:
        photo = data["photo"]
        return Licence(
            str(data["identifier"]),
            {str(name): str(value) for name, value in data["metadata"].items()},
            str(data["file_sha256"]),
            None if photo is None else b64decode(photo, validate=True),
            tuple(str(digest) for digest in data["replaces"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a licence") from error


@dataclass(frozen=True)
class Receipt:
    """What the library says about a licence it holds."""

    identifier: str
    state: LicenceState
    file_sha256: str
    metadata: Mapping[str, str] = field(repr=False)
    reason: str = ""

    def data(self) -> dict[str, Any]:
        """Return the receipt as JSON."""
        return {**vars(self), "state": str(self.state), "metadata": dict(self.metadata)}


def read_receipt(data: Any) -> Receipt:
    """Read a receipt from JSON; raises ValueError for anything else."""
    try:
        return Receipt(
            str(data["identifier"]),
            LicenceState(data["state"]),
            str(data["file_sha256"]),
            {str(name): str(value) for name, value in data["metadata"].items()},
            str(data.get("reason", "")),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a receipt") from error


class LicenceLibrary(Protocol):
    """Generates and keeps the electronic licences of all offices."""

    def push(self, licence: Licence) -> Receipt:
        """Hand a licence over; the same one again is answered alike and exists once.

        Raise `licence.conflict` when other content stands under the identifier, `licence.refused`
        when the library does not take it, `licence.unavailable` when it cannot be asked now.
        """

    def look_up(self, identifier: str) -> Receipt | None:
        """Return what the library holds, or None; raise `licence.unavailable`."""


def conflict(identifier: str) -> AppError:
    """Return the error of an identifier that stands for something else."""
    return AppError("licence.conflict", identifier=identifier)


def unavailable(reason: str) -> AppError:
    """Return the error of a library that cannot be asked now."""
    return AppError("licence.unavailable", reason=reason)
