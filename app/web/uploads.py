"""Files of a posted form: judged by the form's component, stored by content, entered as a row.

A file belongs to the case whose draft or task it was uploaded for. A form that is sent again, after
a refusal or a broken connection, finds the file that the field already has.
"""

from __future__ import annotations

from typing import Any, BinaryIO

from flask import request
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.attachments.keeping import Owner, StoredFile, attach, attachments_of
from app.domain.attachments.tables import Attachment
from app.forms import AttachmentInfo, CleanFile, FilePicker, UploadRefused, check_upload
from app.forms.posting import Uploads
from app.web.extensions import house


def close_uploads(_error: BaseException | None = None) -> None:
    """Give back the temporary files of a request."""
    request.close()


def uploads(files: Any, owner: Owner, actor: Actor) -> Uploads:
    """Return how the files of a request are stored for an owner."""

    def store(
        stream: BinaryIO, filename: str, component: FilePicker
    ) -> AttachmentInfo | UploadRefused:
        checked = check_upload(stream, filename, component)
        if isinstance(checked, UploadRefused):
            return checked
        file = put(checked)
        with house().unit_of_work() as session:
            row = enter(session, owner, file, component.key, actor)
            return AttachmentInfo(row.id, row.file_name, row.mime, row.size, checked.remarks)

    return Uploads(files, store)


def put(checked: CleanFile) -> StoredFile:
    """Store the content of a judged file."""
    key = house().adapters.storage.put(checked.data)
    return StoredFile(checked.name, key, key, len(checked.data), checked.media_type)


def enter(
    session: Session, owner: Owner, file: StoredFile, component_key: str, actor: Actor
) -> Attachment:
    """Enter a stored file as an attachment, once for the same content on the same field."""
    return _already(session, owner, file, component_key, actor) or attach(
        session,
        owner,
        file,
        component_key=component_key,
        uploaded_by=actor.account_id,
        now=house().clock.now(),
    )


def _already(
    session: Session, owner: Owner, file: StoredFile, component_key: str, actor: Actor
) -> Attachment | None:
    """Return the actor's own file of the same content on the same field."""
    for row in attachments_of(session, owner, component_key=component_key):
        if row.sha256 == file.sha256 and row.uploaded_by == actor.account_id:
            return row
    return None
