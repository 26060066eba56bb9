"""The register of certificates: entering a new one, and the three ways one stops being valid.

A state is left once and for good; a mistake is repaired by a new issuance, never by going back.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.domain.certificates.numbers import LicenceSettings, licence_identifier
from app.domain.certificates.tables import Certificate, CertificateStatus
from app.domain.titles.tables import TitleRecord
from app.errors import DomainError

QR_TOKEN_BYTES = 20


@dataclass(frozen=True)
class Printed:
    """Everything a certificate says about its holder and his title, as it is printed."""

    name: str
    gender: str
    id_number: str = field(repr=False)
    series: str
    title: str
    level: str
    specialty: str
    method: str
    acquired_on: str
    approved_on: str
    committee: str
    approving_body: str
    approval_doc_no: str
    original_cert_no: str = ""


@dataclass(frozen=True)
class Layout:
    """Template, seal and statement of effect, as the decision on templates chose them."""

    template: str
    seal: str
    statement: str


@dataclass(frozen=True)
class GeneratedFile:
    """The file that the licence library returned."""

    storage_key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Reserved:
    """Numbers that belong to a certificate before it exists."""

    cert_no: str
    licence_id: str
    version: int
    qr_token: str


def new_qr_token() -> str:
    """Return a random token of 160 bits that carries no data."""
    return secrets.token_urlsafe(QR_TOKEN_BYTES)


def reserve(
    session: Session, record: TitleRecord, *, cert_no: str, settings: LicenceSettings
) -> Reserved:
    """Work out licence identifier, version and QR token of the title's next certificate."""
    first = _first_certificate(session, record.id)
    serial = (first.cert_no if first else cert_no)[:-1]
    version = _last_version(session, record.id) + 1
    licence_id = licence_identifier(settings, serial=serial, version=version)
    return Reserved(cert_no, licence_id, version, new_qr_token())


def enter(
    session: Session,
    record: TitleRecord,
    *,
    reserved: Reserved,
    layout: Layout,
    printed: Printed,
    file: GeneratedFile,
    issuance_id: str | None,
    now: datetime,
) -> Certificate:
    """Enter a new valid certificate; an older valid one becomes superseded in the same call."""
    older = valid_certificate(session, record.id)
    certificate = Certificate(
        id=new_id(),
        title_record_id=record.id,
        issuance_id=issuance_id,
        mgmt_no=record.mgmt_no,
        issued_on=local_date(now),
        issued_at=now,
        status=CertificateStatus.VALID,
        **vars(reserved),
        **vars(layout),
        **vars(file),
    )
    certificate.printed = asdict(printed)
    if older is not None:
        _leave(older, CertificateStatus.SUPERSEDED, by="", now=now)
        older.superseded_by = certificate.id
        # The old row must leave the index of valid certificates before the new one enters it.
        session.flush()
    session.add(certificate)
    return certificate


def void(certificate: Certificate, *, reason: str, remark: str, by: str, now: datetime) -> None:
    """Void a certificate for good; the title stays what it is."""
    if not remark.strip():
        raise DomainError("certificate.void_needs_remark", number=certificate.cert_no)
    _leave(certificate, CertificateStatus.VOID, by=by, now=now)
    certificate.void_reason = reason
    certificate.void_remark = remark.strip()


def revoke(certificate: Certificate, *, remark: str, by: str, now: datetime) -> None:
    """Revoke a certificate because its title was obtained by falsification."""
    _leave(certificate, CertificateStatus.REVOKED, by=by, now=now)
    certificate.void_reason = "REVOKED"
    certificate.void_remark = remark


def valid_certificate(session: Session, title_record_id: str) -> Certificate | None:
    """Return the one valid certificate of a title."""
    query = select(Certificate).where(
        Certificate.title_record_id == title_record_id,
        Certificate.status == CertificateStatus.VALID,
    )
    return session.scalars(query).one_or_none()


def last_certificate(session: Session, title_record_id: str) -> Certificate | None:
    """Return the newest certificate of a title, whatever its state."""
    query = select(Certificate).where(Certificate.title_record_id == title_record_id)
    return session.scalars(query.order_by(Certificate.version.desc()).limit(1)).one_or_none()


def certificates_of(session: Session, person_code: str) -> Sequence[Certificate]:
    """Return the certificates of a person, the newest first."""
    query = (
        select(Certificate)
        .join(TitleRecord, TitleRecord.id == Certificate.title_record_id)
        .where(TitleRecord.person_code == person_code)
        .order_by(Certificate.issued_at.desc(), Certificate.version.desc())
    )
    return session.scalars(query).all()


def _leave(certificate: Certificate, status: CertificateStatus, *, by: str, now: datetime) -> None:
    if certificate.status != CertificateStatus.VALID:
        raise DomainError("certificate.not_valid", number=certificate.cert_no)
    certificate.status = status
    certificate.changed_at = now
    certificate.changed_by = by or None


def _first_certificate(session: Session, title_record_id: str) -> Certificate | None:
    query = select(Certificate).where(Certificate.title_record_id == title_record_id)
    return session.scalars(query.order_by(Certificate.version).limit(1)).one_or_none()


def _last_version(session: Session, title_record_id: str) -> int:
    query = select(func.max(Certificate.version)).where(
        Certificate.title_record_id == title_record_id
    )
    return session.scalar(query) or 0
