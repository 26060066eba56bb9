"""Files that leave the house: a holder's certificates, and what was uploaded to a case.

Every download asks `sight` first and is kept in the audit log. Files are always attachments and
never interpreted by the browser.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, Response, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.access.rules import is_person
from app.domain.attachments.tables import Attachment
from app.domain.audit.tables import AuditEntry
from app.domain.cases.tables import CaseRow
from app.domain.certificates.tables import Certificate
from app.domain.publicity.objections import examines
from app.domain.publicity.tables import Objection, Publicity
from app.domain.titles.tables import TitleRecord
from app.engine.tables import COMPLETED, UserTask
from app.web.access_rules import signed_in
from app.web.chronicle import file_ids
from app.web.extensions import house, reading
from app.web.identity import actor as current
from app.web.sight import note, refuse, sees_case

blueprint = Blueprint("files", __name__)

ACKNOWLEDGED, DOWNLOADED = "acknowledge_usage", "download_certificate"
CERTIFICATE, ATTACHMENT, OBJECTION = "certificate", "attachment", "objection"


@blueprint.get("/certificates/<certificate_id>/download")
@signed_in
def certificate(certificate_id: str) -> Response | str:
    """The holder's certificate; the first time the usage notice comes before it."""
    actor = current()
    found, record = _own_certificate(certificate_id, actor)
    if not _acknowledged(reading(), found.id, actor):
        return render_template("pages/applicant/usage.html", certificate=found, record=record)
    return _certificate_file(found, record, actor)


@blueprint.post("/certificates/<certificate_id>/download")
@signed_in
def acknowledge(certificate_id: str) -> Response | tuple[str, int]:
    """Take note of how a certificate may be used, and hand it out."""
    actor = current()
    found, record = _own_certificate(certificate_id, actor)
    if request.form.get("acknowledged") != "yes":
        page = render_template(
            "pages/applicant/usage.html", certificate=found, record=record, missing=True
        )
        return page, 422
    if not _acknowledged(reading(), found.id, actor):
        note(actor, ACKNOWLEDGED, CERTIFICATE, found.id)
    return _certificate_file(found, record, actor)


def _own_certificate(certificate_id: str, actor: Actor) -> tuple[Certificate, TitleRecord]:
    session = reading()
    found = session.get(Certificate, certificate_id)
    record = session.get(TitleRecord, found.title_record_id) if found is not None else None
    if found is None or record is None or not is_person(actor, record.person_code):
        refuse(actor, CERTIFICATE, certificate_id)
    return found, record


def _acknowledged(session: Session, certificate_id: str, actor: Actor) -> bool:
    query = select(AuditEntry.id).where(
        AuditEntry.object_type == CERTIFICATE,
        AuditEntry.object_id == certificate_id,
        AuditEntry.action == ACKNOWLEDGED,
        AuditEntry.actor == actor.account_id,
    )
    return session.scalar(query.limit(1)) is not None


def _certificate_file(found: Certificate, record: TitleRecord, actor: Actor) -> Response:
    content = house().adapters.storage.get(found.storage_key)
    note(actor, DOWNLOADED, CERTIFICATE, found.id)
    return _download(content, f"{record.title}_{found.cert_no[-4:]}.pdf", "application/pdf")


@blueprint.get("/attachments/<attachment_id>")
@signed_in
def attachment(attachment_id: str) -> Response:
    """An uploaded file, to whoever uploaded it and to those who may see where it was handed in."""
    session, actor = reading(), current()
    found = session.get(Attachment, attachment_id)
    if found is None or found.removed_at is not None or not _may_read(session, found, actor):
        refuse(actor, ATTACHMENT, attachment_id)
    content = house().adapters.storage.get(found.storage_key)
    note(actor, "download", ATTACHMENT, found.id)
    return _download(content, found.file_name, found.mime)


def _may_read(session: Session, found: Attachment, actor: Actor) -> bool:
    if found.uploaded_by == actor.account_id:
        return True
    if found.owner_type == OBJECTION:
        return _examines(session, found.owner_id, actor)
    case = _case_of(session, found)
    if case is None or case.process_instance_id is None or not sees_case(session, case, actor):
        return False
    # A file that was uploaded but never handed in is nobody else's to read.
    return found.id in file_ids(session, case.process_instance_id)


def _examines(session: Session, objection_id: str, actor: Actor) -> bool:
    """Tell whether the actor's body examines an objection; nobody else sees its evidence."""
    objection = session.get(Objection, objection_id)
    publicity = session.get(Publicity, objection.publicity_id) if objection is not None else None
    return publicity is not None and examines(actor, publicity)


def _case_of(session: Session, found: Attachment) -> CaseRow | None:
    if found.owner_type == "case":
        return session.get(CaseRow, found.owner_id)
    if found.owner_type == "task":
        task = session.get(UserTask, found.owner_id)
        if task is not None and task.status == COMPLETED and task.case_id is not None:
            return session.get(CaseRow, task.case_id)
    return None


def _download(content: bytes, name: str, media_type: str) -> Response:
    response = make_response(content)
    response.content_type = media_type
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
