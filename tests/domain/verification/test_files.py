"""What an uploaded file is, by its hash and what its signature says."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from app.domain.certificates.verification import PublicView, Verdict
from app.domain.verification import FileVerdict, Signed, check_file, files
from tests.web.conftest import NOW

ISSUED, OTHER = "a" * 64, "b" * 64
VIEW = PublicView(Verdict.VALID, NOW.date())


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that knows one file."""
    known = {ISSUED: VIEW}
    monkeypatch.setattr(files, "verify_by_hash", lambda session, sha256: known.get(sha256))


@pytest.mark.parametrize(
    ("sha256", "signed", "verdict"),
    [
        (ISSUED, Signed(True, True, ISSUED), FileVerdict.ORIGINAL),
        (OTHER, Signed(False, True, ISSUED), FileVerdict.CONVERTED),
        (OTHER, Signed(False, True, OTHER), FileVerdict.CONVERTED),
        (OTHER, Signed(False, False, OTHER), FileVerdict.NOT_FOUND),
        (OTHER, Signed(), FileVerdict.NOT_FOUND),
    ],
    ids=["original", "added to", "changed", "foreign seal", "unsigned"],
)
def test_verdict_follows_hash_and_seal(sha256: str, signed: Signed, verdict: FileVerdict) -> None:
    answer = check_file(Session(), sha256, signed)

    assert answer.verdict is verdict
    assert answer.content_same is (sha256 == ISSUED)


def test_state_of_a_converted_file_is_that_of_its_original() -> None:
    assert check_file(Session(), OTHER, Signed(False, True, ISSUED)).view is VIEW
    assert check_file(Session(), OTHER, Signed(False, True, OTHER)).view is None
