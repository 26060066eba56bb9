"""Making the certificate file: gather what is printed, render, sign, store, record."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.adapters.documents import CertificateFace, licence_metadata
from app.adapters.documents import render_certificate as render
from app.adapters.seals import prescribed_seal
from app.bootstrap import House
from app.domain.certificates.numbers import licence_settings
from app.domain.codes import label, level_label
from app.domain.issuance import making
from app.domain.issuance.log import Doer
from app.domain.issuance.tables import Issuance
from app.domain.organisations import name_of
from app.domain.people import current_photo, person
from app.domain.titles.tables import TitleRecord
from app.engine.background import Record
from app.messages import message

PLATFORM = "PLATFORM"


def render_certificate(house: House, payload: dict[str, Any]) -> Record:
    """Render and sign one certificate; the same issuance always gets the same numbers."""
    with house.unit_of_work() as session:
        face, photo_key = _face(session, house, payload)
    seal = prescribed_seal(payload["seal"])
    signed = house.adapters.signer.sign(
        render(face, house.adapters.pdf), seal=seal, reason=f"{face.title} {face.number}"
    )
    file = making.RenderedFile(
        storage_key=house.adapters.storage.put(signed),
        sha256=hashlib.sha256(signed).hexdigest(),
        size=len(signed),
        metadata=licence_metadata(face),
        photo_key=photo_key,
    )

    def record(session: Session) -> dict[str, Any]:
        issuance = session.get_one(Issuance, payload["issuance_id"])
        doer = Doer(PLATFORM, message("operation.platform"))
        making.rendered(session, issuance, file, doer=doer, now=house.clock.now())
        return {}

    return record


def verification_url(house: House, token: str) -> str:
    """Return the public address that a certificate's QR code opens."""
    return f"{house.config.base_url}/v/{token}"


def _face(
    session: Session, house: House, payload: dict[str, Any]
) -> tuple[CertificateFace, str | None]:
    """Return what is printed, and the key of the photo that is printed."""
    issuance = session.get_one(Issuance, payload["issuance_id"])
    reserved = making.reserved(issuance)
    record = session.get_one(TitleRecord, issuance.title_record_id)
    holder = person(session, record.person_code)
    photo = current_photo(session, holder.code)
    licence = licence_settings(issuance.profile)
    issuer = record.approval_body_name or name_of(session, record.approval_body_code or "")
    face = CertificateFace(
        template=payload["template"],
        statement=payload["statement"],
        seal=prescribed_seal(payload["seal"]),
        qr_text=verification_url(house, reserved.qr_token),
        url=f"{house.config.base_url}/verify",
        number=reserved.cert_no,
        name=holder.name,
        gender=label("genders", holder.gender),
        id_number=holder.id_number,
        series=label("title_series", record.series),
        title=record.title,
        specialty=record.specialty or "",
        acquired_on=record.acquired_on,
        committee=record.committee or "——",
        issuer=issuer,
        issued_on=date.fromisoformat(payload["issued_on"]),
        photo=house.adapters.storage.get(photo.storage_key) if photo else None,
        method=label("acquisition_methods", record.method or ""),
        level=level_label(record.level),
        approval_doc_no=record.approval_doc_no or "",
        management_no=record.mgmt_no,
        original_number=record.paper_cert_no or "",
        licence_id=reserved.licence_id,
        licence_type_code=licence.type_code,
        licence_issuer_code=licence.issuer_code,
    )
    return face, photo.storage_key if photo else None
