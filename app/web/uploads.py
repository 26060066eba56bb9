"""Files of a posted form: judged by the form's component, stored by content, entered as a row.

A file belongs to the case whose draft or task it was uploaded for. Who may read it is asked when
it is opened.
"""

from __future__ import annotations

from typing import Any, BinaryIO

from flask import request

from app.domain.access.actor import Actor
from app.domain.attachments.keeping import Owner, StoredFile, attach
from app.forms import AttachmentInfo, FilePicker, UploadRefused, check_upload
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
        key = house().adapters.storage.put(checked.data)
        file = StoredFile(checked.name, key, key, len(checked.data), checked.media_type)
        with house().unit_of_work() as session:
            row = attach(
                session,
                owner,
                file,
                component_key=component.key,
                uploaded_by=actor.account_id,
                now=house().clock.now(),
            )
            return AttachmentInfo(row.id, row.file_name, row.mime, row.size, checked.remarks)

    return Uploads(files, store)
