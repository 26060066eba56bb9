"""The machine's part of an issuance: numbering, pushing, generating, going online.

Numbers are given once and stay with the record through every retry; the licence identifier is the
key by which the licence library recognises a repeated push.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.clock import local_date
from app.domain.certificates import register
from app.domain.certificates.numbers import certificate_number, licence_settings
from app.domain.certificates.register import GeneratedFile, Layout, Printed, Reserved
from app.domain.certificates.serials import next_serial
from app.domain.certificates.tables import Certificate
from app.domain.codes import code_of, label
from app.domain.issuance.log import Doer, events_of, move, require
from app.domain.issuance.tables import Issuance, IssuanceState
from app.domain.titles.tables import TitleRecord, TitleStatus
from app.errors import DomainError

FIRST = "FIRST"
READY, PASSED = IssuanceState.READY, IssuanceState.PASSED
PUSHING, GENERATING = IssuanceState.PUSHING, IssuanceState.GENERATING
ISSUED, FAILED = IssuanceState.ISSUED, IssuanceState.FAILED


@dataclass(frozen=True)
class RenderedFile:
    """A signed certificate file, and what is pushed with its digest."""

    storage_key: str
    sha256: str
    size: int
    metadata: Mapping[str, str] = field(repr=False)
    photo_key: str | None = None


def number(
    session: Session, issuance: Issuance, *, region: str, doer: Doer, now: datetime
) -> Reserved:
    """Give a released record its numbers; called again it returns the same ones.

    `region` is the six-digit numbering region of the approving office.
    """
    require(issuance, "number", (PASSED, PUSHING))
    if issuance.released_at is None:
        raise DomainError("issuance.not_released", issuance=issuance.id)
    if issuance.cert_no is None:
        _reserve(session, issuance, region=region, day=local_date(now))
        issuance.numbered_at = now
    if issuance.state == PASSED:
        _step(session, issuance, "number", [PASSED], PUSHING, doer, now)
    return reserved(issuance)


def reserved(issuance: Issuance) -> Reserved:
    """Return the numbers an issuance holds."""
    if not (issuance.cert_no and issuance.licence_id and issuance.version and issuance.qr_token):
        raise DomainError("issuance.not_numbered", issuance=issuance.id)
    return Reserved(issuance.cert_no, issuance.licence_id, issuance.version, issuance.qr_token)


def rendered(
    session: Session, issuance: Issuance, file: RenderedFile, *, doer: Doer, now: datetime
) -> None:
    """Keep the signed file, its metadata and photo: exactly these are pushed, also again."""
    detail = {"sha256": file.sha256}
    move(
        session, issuance, "rendered", allowed=[PUSHING], to=PUSHING, doer=doer, now=now,
        detail=detail,
    )  # fmt: skip
    issuance.storage_key, issuance.sha256, issuance.size = file.storage_key, file.sha256, file.size
    issuance.licence_metadata, issuance.photo_key = dict(file.metadata), file.photo_key


def replaced_files(session: Session, issuance: Issuance) -> tuple[str, ...]:
    """Return the digests of files made under the same identifier before the present one."""
    made = [event.detail["sha256"] for event in events_of(session, issuance.id)
            if event.verb == "rendered"]  # fmt: skip
    return tuple(dict.fromkeys(digest for digest in made if digest != issuance.sha256))


def pushed(session: Session, issuance: Issuance, *, doer: Doer, now: datetime) -> None:
    """Note that the licence library has taken the data and is generating."""
    _require_file(issuance)
    _step(session, issuance, "pushed", [PUSHING], GENERATING, doer, now)
    issuance.pushed_at = now


def generated(session: Session, issuance: Issuance, *, doer: Doer, now: datetime) -> None:
    """Note that the licence library has generated what was pushed."""
    _step(session, issuance, "generated", [GENERATING], GENERATING, doer, now)
    issuance.generated_at, issuance.error = now, None


def issue(
    session: Session,
    issuance: Issuance,
    *,
    layout: Layout,
    printed: Printed,
    doer: Doer,
    now: datetime,
) -> Certificate:
    """Put the certificate online; the title's older valid one is superseded in the same call."""
    require(issuance, "issue", [GENERATING])
    if issuance.generated_at is None:
        raise DomainError("issuance.not_generated", issuance=issuance.id)
    file = _require_file(issuance)
    record = session.get_one(TitleRecord, issuance.title_record_id)
    _must_be_issuable(session, issuance, record)
    certificate = register.enter(
        session,
        record,
        reserved=reserved(issuance),
        layout=layout,
        printed=printed,
        file=file,
        issuance_id=issuance.id,
        now=now,
    )
    _step(session, issuance, "issue", [GENERATING], ISSUED, doer, now)
    issuance.online_at = now
    return certificate


def fail(session: Session, issuance: Issuance, *, error: str, doer: Doer, now: datetime) -> None:
    """Note that pushing or generating failed; the error is shown on the record page."""
    _step(session, issuance, "fail", (PUSHING, GENERATING), FAILED, doer, now, error=error)
    issuance.error = error


def retry(session: Session, issuance: Issuance, *, doer: Doer, now: datetime) -> None:
    """Push a failed record again with the numbers and the file it has."""
    _step(session, issuance, "retry", [FAILED], PUSHING, doer, now)
    _forget_push(issuance)


def take_back(session: Session, issuance: Issuance, *, doer: Doer, now: datetime) -> None:
    """Take a failed record back to where it can be applied for.

    Its numbers stay with it; its file is made anew, because the record may be corrected now.
    """
    _step(session, issuance, "take_back", [FAILED], READY, doer, now)
    _forget_push(issuance)
    issuance.storage_key = issuance.sha256 = issuance.size = None
    issuance.licence_metadata = issuance.photo_key = None


def _forget_push(issuance: Issuance) -> None:
    issuance.error = issuance.pushed_at = issuance.generated_at = None


def _require_file(issuance: Issuance) -> GeneratedFile:
    if not (issuance.storage_key and issuance.sha256 and issuance.size):
        raise DomainError("issuance.no_file", issuance=issuance.id)
    return GeneratedFile(issuance.storage_key, issuance.sha256, issuance.size)


def _reserve(session: Session, issuance: Issuance, *, region: str, day: date) -> None:
    record = session.get_one(TitleRecord, issuance.title_record_id)
    cert_no = certificate_number(
        region=region,
        year=day.year,
        series=record.series,
        level=record.level,
        code=_number_code(issuance, record),
        serial=next_serial(session, f"certificate:{region}:{day.year}"),
    )
    settings = licence_settings(issuance.profile)
    kept = register.reserve(session, record, cert_no=cert_no, settings=settings)
    issuance.cert_no, issuance.licence_id = kept.cert_no, kept.licence_id
    issuance.version, issuance.qr_token = kept.version, kept.qr_token


def _number_code(issuance: Issuance, record: TitleRecord) -> str:
    """The acquisition method of a first issue, otherwise the reason of the re-issue."""
    if issuance.reason != FIRST:
        return code_of("acquisition_methods", label("issue_reason", issuance.reason))
    if record.method is None:
        raise DomainError("issuance.no_method", record=record.mgmt_no)
    return record.method


def _must_be_issuable(session: Session, issuance: Issuance, record: TitleRecord) -> None:
    if record.status != TitleStatus.VALID:
        raise DomainError("issuance.title_not_valid", record=record.mgmt_no)
    older = register.valid_certificate(session, record.id)
    if older is not None and issuance.reason == FIRST:
        raise DomainError("issuance.valid_certificate", number=older.cert_no)


def _step(
    session: Session,
    issuance: Issuance,
    verb: str,
    allowed: list[IssuanceState] | tuple[IssuanceState, ...],
    to: IssuanceState,
    doer: Doer,
    now: datetime,
    error: str | None = None,
) -> None:
    detail = {"error": error} if error else None
    move(session, issuance, verb, allowed=allowed, to=to, doer=doer, now=now, detail=detail)
