"""Uploading a file in pieces: begun with a name and a size, continued where it broke off.

`POST` announces a file, `HEAD` says how much has arrived, `PATCH` adds a piece; the last one is
answered with what became of the file. Rights, limits and content checks are those of a posted form.
"""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, abort, jsonify, make_response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import ClientDisconnected

from app.db.system_time import system_now
from app.domain.access.actor import Actor
from app.domain.attachments import incoming
from app.domain.attachments.incoming import Announced
from app.domain.attachments.keeping import Owner
from app.domain.attachments.tables import Attachment, Upload
from app.engine.starting import draft_situation, start_element
from app.engine.tables import OPEN
from app.errors import DomainError
from app.forms import (
    FilePicker,
    Form,
    UploadRefused,
    check_size,
    check_upload,
    clean_name,
    picker_named,
)
from app.web import situations
from app.web.access_rules import signed_in
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.sight import own_case, visible_task
from app.web.uploads import enter, put

blueprint = Blueprint("uploading", __name__)

CASE, TASK = "case", "task"
LONGEST_FIELD, LONGEST_STAMP, MOST_DIGITS = 200, 40, 12
OFFSET, LENGTH = "Upload-Offset", "Upload-Length"


def _form_of(session: Session, owner: Owner, actor: Actor) -> Form | None:
    """Return the form that an owner is filled in with; raises when it may not be filled in."""
    if owner.type == CASE:
        case = own_case(session, owner.id, actor)
        if case.process_instance_id is not None:
            raise DomainError("attachment.form_closed")
        here = draft_situation(session, house().tools, case, actor=actor, now=legal_now())
        return here.bundle.form_of(start_element(here.bundle))
    if owner.type != TASK:
        abort(404)
    task = visible_task(session, owner.id, actor)
    if task.status != OPEN or task.assignee not in (None, actor.account_id):
        raise DomainError("attachment.form_closed")
    here = situations.of_task(session, task, actor, legal_now())
    return here.bundle.form_of(here.bundle.definition.elements[task.element_id])


def _picker(owner: Owner, field: str, actor: Actor) -> FilePicker:
    form = _form_of(reading(), owner, actor)
    found = picker_named(form, field) if form is not None else None
    if found is None or found.readonly is True:
        abort(404)
    return found


@blueprint.post("/uploads/<kind>/<owner_id>")
@signed_in
def begin(kind: str, owner_id: str) -> tuple[Response, int]:
    """Announce a file; the answer says where its pieces go and from where on."""
    actor, owner = current(), Owner(kind, owner_id)
    file = _announced()
    component = _picker(owner, file.field, actor)
    too_big = check_size(file.size, file.name, component)
    if too_big is not None:
        return jsonify(messages=[too_big.message]), 422
    with house().unit_of_work() as session:
        upload = incoming.begin(session, owner, file, by=actor.account_id, now=system_now())
        address = url_for("uploading.pieces", upload_id=upload.id)
        answer = jsonify(address=address, offset=upload.received)
    answer.headers["Location"] = address
    return answer, 201


def _announced() -> Announced:
    size = request.form.get("size", "")
    if not (size.isascii() and size.isdigit() and len(size) <= MOST_DIGITS and int(size)):
        raise DomainError("attachment.empty")
    return Announced(
        request.form.get("field", "")[:LONGEST_FIELD], clean_name(request.form.get("name", "")),
        int(size), request.form.get("stamp", "")[:LONGEST_STAMP],
    )  # fmt: skip


@blueprint.route("/uploads/<upload_id>", methods=["HEAD"])
@signed_in
def state(upload_id: str) -> Response:
    """How much of a file has arrived."""
    return _state(incoming.find_upload(reading(), upload_id, by=current().account_id))


def _state(upload: Upload) -> Response:
    response = make_response("", 200)
    response.headers[OFFSET], response.headers[LENGTH] = str(upload.received), str(upload.size)
    return response


@blueprint.patch("/uploads/<upload_id>")
@signed_in
def pieces(upload_id: str) -> tuple[Response, int]:
    """Take one piece; the last one is answered with the file as the form shows it."""
    actor = current()
    start, data = _piece()
    with house().unit_of_work() as session:
        upload = incoming.find_upload(session, upload_id, by=actor.account_id, lock=True)
        if upload.attachment_id is None and upload.refused is None:
            incoming.receive(session, upload, start, data, now=system_now())
        whole = upload.received == upload.size
    if not whole:
        response = make_response("", 204)
        response.headers[OFFSET] = str(upload.received)
        return response, 204
    return _outcome(upload, actor)


def _piece() -> tuple[int, bytes]:
    start = request.headers.get(OFFSET, "")
    if not (start.isascii() and start.isdigit() and len(start) <= MOST_DIGITS):
        abort(400)
    if (request.content_length or 0) > incoming.LARGEST_PIECE:
        abort(413)
    data = request.get_data(cache=False)
    if len(data) != (request.content_length or 0):
        raise ClientDisconnected
    return int(start), data


def _outcome(upload: Upload, actor: Actor) -> tuple[Response, int]:
    if upload.attachment_id is None and upload.refused is None:
        upload = _judged(upload, actor)
    if upload.refused is not None:
        return jsonify(messages=[upload.refused]), 422
    row = read_afresh().get_one(Attachment, upload.attachment_id)
    return jsonify(id=row.id, name=row.file_name, size=row.size, remarks=upload.remarks), 200


def _judged(upload: Upload, actor: Actor) -> Upload:
    """Judge a whole file outside any transaction, then enter it or keep why it was refused."""
    owner = Owner(upload.owner_type, upload.owner_id)
    component = _picker(owner, upload.field, actor)
    content = BytesIO(incoming.content_of(read_afresh(), upload))
    checked = check_upload(content, upload.file_name, component)
    stored = None if isinstance(checked, UploadRefused) else put(checked)
    with house().unit_of_work() as session:
        found = incoming.find_upload(session, upload.id, by=actor.account_id, lock=True)
        if found.attachment_id is not None or found.refused is not None:
            return found
        if isinstance(checked, UploadRefused) or stored is None:
            incoming.finish(session, found, refused=getattr(checked, "message", ""))
        else:
            row = enter(session, owner, stored, component.key, actor)
            session.flush()  # the attachment's id
            incoming.finish(session, found, attachment_id=row.id, remarks=checked.remarks)
        return found


@blueprint.delete("/uploads/<upload_id>")
@signed_in
def cancel(upload_id: str) -> tuple[str, int]:
    """Forget a file that is not wanted any more."""
    with house().unit_of_work() as session:
        upload = incoming.find_upload(session, upload_id, by=current().account_id, lock=True)
        incoming.cancel(session, upload)
    return "", 204
