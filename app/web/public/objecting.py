"""Objecting to a running publicity: a form for everybody, and a receipt.

The form is the one that the case's own process pins to the event that waits for objections. What
is posted in the first second after the end is taken as a report; only the asking page is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from flask import Blueprint, Response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.captcha import Kind
from app.db.base import new_id
from app.domain.attachments.keeping import Owner, StoredFile, attach
from app.domain.audit import record as audit
from app.domain.integrity.tables import Report
from app.domain.organisations import find_organisation
from app.domain.publicity.objections import is_running
from app.domain.publicity.tables import Objection, Place, Publicity
from app.engine.tables import ProcessInstance
from app.errors import EngineError
from app.forms import (
    AttachmentInfo,
    FilePicker,
    Form,
    FormContext,
    FormInvalid,
    UploadRefused,
    Uploads,
    check_upload,
    edited,
    from_post,
    validate,
    view,
)
from app.messages import message
from app.operations.objecting import MESSAGE, Receipt, Statement, object_to
from app.web.access_rules import public
from app.web.extensions import house, legal_now, reading
from app.web.public import asking

blueprint = Blueprint("objecting", __name__)

Page = str | tuple[str, int] | Response
PURPOSE, MOST_PER_MINUTE = "objection", 5
SOMEBODY, EVIDENCE = "PUBLIC", "evidence"


@dataclass
class Evidence:
    """The files of one post: judged and stored, but nobody's until the statement is taken."""

    kept: dict[str, StoredFile] = field(default_factory=dict)

    def store(
        self, stream: BinaryIO, filename: str, component: FilePicker
    ) -> AttachmentInfo | UploadRefused:
        """Judge a file and put its bytes into storage."""
        checked = check_upload(stream, filename, component)
        if isinstance(checked, UploadRefused):
            return checked
        key = house().adapters.storage.put(checked.data)
        file_id, size = new_id(), len(checked.data)
        self.kept[file_id] = StoredFile(checked.name, key, key, size, checked.media_type)
        return AttachmentInfo(file_id, checked.name, checked.media_type, size, checked.remarks)

    def info(self, file_id: str) -> AttachmentInfo | None:
        """Return a file of this post; any other id is unknown."""
        found = self.kept.get(file_id)
        return None if found is None else AttachmentInfo(file_id, found.name, found.mime)

    def keep(self, session: Session, received: Objection | Report, now: datetime) -> None:
        """Give the files to what was received."""
        owner = Owner("objection" if isinstance(received, Objection) else "report", received.id)
        for file in self.kept.values():
            attach(session, owner, file, component_key=EVIDENCE, uploaded_by=SOMEBODY, now=now)
        audit(
            session, actor=SOMEBODY, action="object", object_type=owner.type,
            object_id=received.id, at=now,
        )  # fmt: skip


@blueprint.get("/publicity/<publicity_id>/objection")
@public
def write(publicity_id: str) -> Page:
    """The form, while the publicity runs; an ended and an unknown one answer alike."""
    session, now = reading(), legal_now()
    found = _public(session, publicity_id)
    if found is None or not is_running(found, now):
        return _gone()
    form = _form_of(session, found)
    context = _context(Evidence(), now)
    return _page(found, form, form.initial(context), context, {})


@blueprint.post("/publicity/<publicity_id>/objection")
@public
def send(publicity_id: str) -> Page:
    """Take the statement, or ask anew what is missing; what was typed stays."""
    session, now = reading(), legal_now()
    found = _public(session, publicity_id)
    if found is None:
        return _gone()
    form, evidence = _form_of(session, found), Evidence()
    context = _context(evidence, now)
    typed = from_post(form, request.form)
    if "other_captcha" in request.form:
        kind = asking.kind_of(request.form["other_captcha"])
        return _page(found, form, _without_files(form, typed), context, {}, kind=kind)
    changed = edited(form, request.form, typed)
    if changed is not None:
        return _page(found, form, _without_files(form, changed), context, {})
    if not asking.may_ask(PURPOSE, MOST_PER_MINUTE):
        return asking.too_many(writing=True)
    return _taken(found, form, evidence, context)


def _taken(found: Publicity, form: Form, evidence: Evidence, context: FormContext) -> Page:
    """Judge what was sent, the captcha last, and take it."""
    raw = from_post(form, request.form, Uploads(request.files, evidence.store))
    try:
        values = validate(form, raw, context).values
    except FormInvalid as error:
        shown = _without_files(form, raw)
        return _page(found, form, shown, context, error.errors, evidence=evidence), 422
    problem = asking.captcha_problem()
    if problem:
        page = _page(
            found, form, _without_files(form, raw), context, {}, evidence=evidence,
            problem=problem["answer"],
        )  # fmt: skip
        return page, 422
    receipt = object_to(house().engine, found.id, _statement(values), keep=evidence.keep)
    return _receipt(found, receipt)


def _statement(values: Mapping[str, Any]) -> Statement:
    return Statement(
        facts=values["facts"],
        name=values.get("name") or "",
        contact=values.get("contact") or "",
    )


def _public(session: Session, publicity_id: str) -> Publicity | None:
    found = session.get(Publicity, publicity_id)
    return found if found is not None and found.place == Place.PLATFORM else None


def _gone() -> tuple[str, int]:
    return render_template("pages/public/publicity_gone.html"), 404


def _form_of(session: Session, publicity: Publicity) -> Form:
    """Return the form of the event that waits for objections in the case's own bundle."""
    query = select(ProcessInstance).where(ProcessInstance.business_key == publicity.case_no)
    instance = session.scalars(query).one()
    bundle = house().tools.bundles.get(session, instance.bundle_id)
    waiting = [e for e in bundle.definition.elements.values() if e.message == MESSAGE]
    form = bundle.form_of(waiting[0])
    if not isinstance(form, Form):
        raise EngineError("publicity.no_form", element=waiting[0].id)
    return form


def _context(evidence: Evidence, now: datetime) -> FormContext:
    """Return what the form may ask: nothing of the case, and nobody's name."""
    feel = house().tools.feel
    return FormContext(
        evaluate=feel.evaluate, context={}, now=now, attachment=evidence.info
    )  # fmt: skip


def _without_files(form: Form, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed; files have to be chosen again, as a browser cannot keep them."""
    pickers = {each.key for each in form.fields if isinstance(each, FilePicker)}
    return {key: [] if key in pickers else value for key, value in raw.items()}


def _page(
    found: Publicity, form: Form, raw: Mapping[str, Any], context: FormContext,
    errors: Mapping[str, list[str]], *, evidence: Evidence | None = None, problem: str = "",
    kind: Kind | None = None,
) -> str:  # fmt: skip
    lost = [file.name for file in evidence.kept.values()] if evidence else []
    return render_template(
        "pages/public/objection.html", notice=found, form=view(form, raw, errors, context),
        captcha=asking.challenge(kind or asking.kind_of(request.form.get("kind", ""))),
        problem=problem,
        lost=message("publicity.files_again", files=lost) if lost else "",
    )  # fmt: skip


def _receipt(found: Publicity, receipt: Receipt) -> str:
    receiver = find_organisation(reading(), found.receiver_code)
    return render_template(
        "pages/public/objection_receipt.html", receipt=receipt, receiver=receiver, notice=found
    )
