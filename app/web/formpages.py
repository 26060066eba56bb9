"""A form on a page: opened, shown again after a refusal, or read; and reading a posted one.

The engine validates and guards; this module only prepares what the page prints and keeps what was
typed when something was refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bootstrap.forms import form_context
from app.db.base import new_id
from app.domain.access.actor import Actor
from app.domain.attachments.keeping import Owner
from app.domain.attachments.tables import Attachment
from app.engine.situation import Situation
from app.engine.tables import TaskSubmission
from app.forms import (
    DOCUMENTS,
    AttachmentInfo,
    FilePicker,
    Form,
    FormContext,
    FormView,
    UploadRefused,
    edited,
    from_post,
    view,
)
from app.web import kept
from app.web.busy import keep_files
from app.web.uploads import uploads

KEY, DRAFT = "_key", "_draft"
KEY_LENGTH = 64


@dataclass(frozen=True)
class FormPage:
    """What a page with a form prints."""

    view: FormView | None
    key: str
    locked: list[str]
    refused: list[str]
    act: str
    uploads: str = ""
    restored_at: datetime | None = None


@dataclass(frozen=True)
class Desk:
    """Where a form is sent, and what its files belong to."""

    action: str
    owner: Owner

    @property
    def uploads(self) -> str:
        """Return the address at which the form's files are announced."""
        return url_for("uploading.begin", kind=self.owner.type, owner_id=self.owner.id)


def reading_context(situation: Situation) -> FormContext:
    """Return a form's context for somebody who may see the case: all its files are his to read."""

    def attachment(attachment_id: str) -> AttachmentInfo | None:
        return info_of(situation.session, attachment_id)

    return replace(filling_context(situation), attachment=attachment)


def filling_context(situation: Situation) -> FormContext:
    """Return a form's context on a page: `documents` names the files already handed in."""
    held = _documents(situation)
    objection = situation.value("received_objection") if situation.variables else None
    shown = {found["id"] for found in held} | set((objection or {}).get("files") or ())

    def document(attachment_id: str) -> AttachmentInfo | None:
        # An id from elsewhere, typed into a field, is as good as unknown.
        if attachment_id not in shown:
            return None
        found = info_of(situation.session, attachment_id)
        address = url_for("files.attachment", attachment_id=attachment_id)
        return None if found is None else replace(found, address=address)

    context = form_context(situation)
    return replace(context, context={**context.context, DOCUMENTS: held}, document=document)


def _documents(situation: Situation) -> list[dict[str, Any]]:
    """Return the files of the case's submissions as expressions see them, the oldest first."""
    if situation.instance_id is None:
        return []
    query = select(TaskSubmission).where(TaskSubmission.instance_id == situation.instance_id)
    found: dict[str, dict[str, Any]] = {}
    for row in situation.session.scalars(query.order_by(TaskSubmission.at, TaskSubmission.id)):
        for key, attachment_id in _listed(row.values or {}):
            info = info_of(situation.session, attachment_id)
            if info is not None:
                about = {"id": info.id, "name": info.name, "media_type": info.media_type}
                found.setdefault(info.id, {**about, "key": key, "step": row.element_id})
    return list(found.values())


def _listed(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every text in a list, also in the rows of one, that could be a file's id, by key."""
    for key, value in values.items():
        for item in value if isinstance(value, list) else []:
            if isinstance(item, str):
                yield key, item
            elif isinstance(item, Mapping):
                yield from _listed(item)


def info_of(session: Session, attachment_id: str) -> AttachmentInfo | None:
    """Return a file as forms see it."""
    row = session.get(Attachment, attachment_id)
    if row is None or row.removed_at is not None:
        return None
    return AttachmentInfo(row.id, row.file_name, row.mime, row.size)


def act_of(form: Form | None) -> str:
    """Say which act the button of a form performs: seal, sign or submit."""
    kinds = {field.kind for field in form.fields} if form is not None else set()
    return "seal" if "seal" in kinds else "sign" if "signature" in kinds else "submit"


def opened(
    form: Form | None,
    situation: Situation,
    *,
    draft: Mapping[str, Any] | None,
    locked: list[str],
    desk: Desk | None = None,
) -> FormPage:
    """Return a form as it is opened: what an ended session left, or the draft, over the prefill."""
    if form is None:
        return FormPage(None, new_id(), locked, [], act_of(form))
    context = filling_context(situation)
    back = kept.given_back(desk.action) if desk is not None else None
    values = form.initial(context, draft or {}) if back is None else from_post(form, back[0])
    shown = view(form, values, {}, context)
    uploads_to, restored_at = desk.uploads if desk else "", back[1] if back else None
    return FormPage(shown, new_id(), locked, [], act_of(form), uploads_to, restored_at)


def again(
    form: Form | None,
    situation: Situation,
    raw: Mapping[str, Any],
    *,
    errors: Mapping[str, list[str]] | None = None,
    locked: list[str] | None = None,
    refused: list[str] | None = None,
    desk: Desk | None = None,
) -> FormPage:
    """Return a form with what was typed, and what is wrong with it."""
    key = request.form.get(KEY, "")[:KEY_LENGTH] or new_id()
    shown = None if form is None else view(form, raw, errors or {}, filling_context(situation))
    uploads_to = desk.uploads if desk is not None and shown is not None else ""
    return FormPage(shown, key, locked or [], refused or [], act_of(form), uploads_to)


@dataclass(frozen=True)
class Posted:
    """A posted form: raw values, its idempotency key, and which button was pressed."""

    raw: dict[str, Any]
    key: str
    wants_draft: bool
    changed: dict[str, Any] | None


def posted(form: Form | None, owner: Owner, actor: Actor) -> Posted:
    """Read the request's form; its files are stored, and what was kept of it is forgotten."""
    kept.forget_sent()
    key = request.form.get(KEY, "")[:KEY_LENGTH]
    if form is None:
        return Posted({}, key, False, None)
    raw = from_post(form, request.form, uploads(request.files, owner, actor))
    keep_files(_stored(form, raw))
    changed = edited(form, request.form, raw)
    return Posted(raw, key, DRAFT in request.form, changed)


def _stored(form: Form, raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the files that this request itself has stored, by field."""
    for field in form.fields:
        if isinstance(field, FilePicker):
            sent = request.form.getlist(field.key)
            yield from ((field.key, item) for item in raw[field.key] if _is_new(item, sent))


def _is_new(item: Any, sent: list[str]) -> bool:
    return isinstance(item, str) and item not in sent


def draft_of(form: Form | None, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be kept as a draft: files that were refused are left out."""
    pickers = {field.key for field in form.fields if isinstance(field, FilePicker)} if form else {}
    return {key: _kept(value) if key in pickers else _plain(value) for key, value in raw.items()}


def _kept(value: Any) -> Any:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [
            {key: _kept(inner) for key, inner in row.items()} if isinstance(row, dict) else row
            for row in value
        ]
    return value


def refused_uploads(form: Form | None, raw: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the sentences of files that were not taken, by field."""
    found = {
        field.key: [
            item.message for item in raw.get(field.key) or [] if isinstance(item, UploadRefused)
        ]
        for field in (form.fields if form else ())
        if isinstance(field, FilePicker)
    }
    return {key: messages for key, messages in found.items() if messages}
