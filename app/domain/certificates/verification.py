"""What anybody may learn about a certificate, and whether it holds at this moment.

The file is never trusted: the answer is worked out from the library's row, the title and the
approval document. An unknown token and a wrong name are answered alike, by nothing.
"""

from __future__ import annotations

import hmac
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.domain.access import mask_name
from app.domain.certificates.tables import Certificate, CertificateStatus
from app.domain.titles.records import has_approval
from app.domain.titles.tables import TitleRecord, TitleStatus

VERDICT_FILE = Path(__file__).with_name("verdicts.toml")
SHOWN_DIGITS = 4


class Verdict(StrEnum):
    """The answer of a verification."""

    VALID = "VALID"
    VOID = "VOID"
    SUPERSEDED = "SUPERSEDED"
    REVOKED = "REVOKED"
    CHECK = "CHECK"
    NOT_FOUND = "NOT_FOUND"

    @property
    def words(self) -> str:
        """Return the Chinese words of the verdict."""
        return _words()[self]


@dataclass(frozen=True)
class PublicView:
    """What the public page shows; a certificate that does not hold shows verdict and date only."""

    verdict: Verdict
    since: date
    name: str = ""
    series: str = ""
    title: str = ""
    level: str = ""
    specialty: str = ""
    approving_body: str = ""
    acquired_on: str = ""
    number_end: str = ""
    issued_on: date | None = None
    statement: str = ""

    @property
    def words(self) -> str:
        """Return the Chinese words of the verdict."""
        return self.verdict.words


def verify_by_token(session: Session, token: str) -> PublicView | None:
    """Return what the QR code of a certificate leads to, or None when no certificate has it."""
    return _view_where(session, Certificate.qr_token == token)


def verify_by_number(session: Session, number: str, name: str) -> PublicView | None:
    """Return the same page for certificate number and full name; a wrong pair finds nothing.

    An unknown number costs as much time as a wrong name: another row is read and opened for it.
    """
    asked = Certificate.cert_no == number.strip()
    any_other = select(func.min(Certificate.id)).scalar_subquery()
    query = select(Certificate).where(or_(asked, Certificate.id == any_other))
    certificate = session.scalars(query.order_by(asked.desc()).limit(1)).one_or_none()
    if certificate is None:
        return None
    same_name = hmac.compare_digest(_normal(certificate.printed["name"]), _normal(name))
    same_number = hmac.compare_digest(certificate.cert_no.encode(), number.strip().encode())
    return public_view(session, certificate) if same_name and same_number else None


def verify_by_hash(session: Session, sha256: str) -> PublicView | None:
    """Return the state of the certificate whose original file has this hash."""
    return _view_where(session, Certificate.sha256 == sha256)


def public_view(session: Session, certificate: Certificate) -> PublicView:
    """Return the public data of a certificate with its current verdict."""
    record = session.get_one(TitleRecord, certificate.title_record_id)
    verdict = _verdict(certificate, record)
    since = local_date(certificate.changed_at or certificate.issued_at)
    if verdict is not Verdict.VALID:
        return PublicView(verdict=verdict, since=since)
    said = certificate.printed
    return PublicView(
        verdict=verdict,
        since=since,
        name=mask_name(said["name"]),
        series=said["series"],
        title=said["title"],
        level=said["level"],
        specialty=said["specialty"],
        approving_body=said["approving_body"],
        acquired_on=said["acquired_on"],
        number_end=certificate.cert_no[-SHOWN_DIGITS:],
        issued_on=certificate.issued_on,
        statement=certificate.statement,
    )


def _view_where(session: Session, condition: ColumnElement[bool]) -> PublicView | None:
    query = select(Certificate).where(condition)
    certificate = session.scalars(query).one_or_none()
    return public_view(session, certificate) if certificate else None


def _verdict(certificate: Certificate, record: TitleRecord) -> Verdict:
    if certificate.status != CertificateStatus.VALID:
        return Verdict(certificate.status)
    if record.status == TitleStatus.REVOKED:
        return Verdict.REVOKED
    if record.status != TitleStatus.VALID or not has_approval(record):
        return Verdict.CHECK
    return Verdict.VALID


def _normal(name: str) -> bytes:
    return unicodedata.normalize("NFKC", name).strip().encode()


@cache
def _words() -> dict[str, str]:
    return tomllib.loads(VERDICT_FILE.read_text(encoding="utf-8"))
