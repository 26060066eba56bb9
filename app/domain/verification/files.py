"""What an uploaded file is: the original that was issued, a version converted from it, or unknown.

Only the SHA-256 of the whole file makes an original. Whether its certificate still holds is read
from the library, never from the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.certificates.verification import PublicView, verify_by_hash


class FileVerdict(StrEnum):
    """The one answer about a file."""

    ORIGINAL = "ORIGINAL"
    CONVERTED = "CONVERTED"
    NOT_FOUND = "NOT_FOUND"


@dataclass(frozen=True)
class Signed:
    """What the signature in a file says; `original` is the hash of the part it covers."""

    genuine: bool = False
    ours: bool = False
    original: str = ""


@dataclass(frozen=True)
class FileAnswer:
    """Three plain answers and the verdict that follows from them."""

    verdict: FileVerdict
    signature_valid: bool
    content_same: bool
    view: PublicView | None


def check_file(session: Session, sha256: str, signed: Signed) -> FileAnswer:
    """Compare a file's hash and signature with what was issued."""
    view = verify_by_hash(session, sha256)
    if view is not None:
        return FileAnswer(FileVerdict.ORIGINAL, signed.genuine, True, view)
    # Something was added behind the signed part: that part tells which certificate it was.
    behind = verify_by_hash(session, signed.original) if signed.original else None
    known = behind is not None or signed.ours
    verdict = FileVerdict.CONVERTED if known else FileVerdict.NOT_FOUND
    return FileAnswer(verdict, signed.genuine, False, behind)
