"""What an applicant may tell a running case without a task: withdrawing it, changing a declaration.

Which messages there are, who may send them and what they do stands in the process file; a page of
its own asks for the reason and for a confirmation.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import Actor
from app.domain.attachments.keeping import Owner
from app.domain.cases.tables import CaseRow
from app.engine.sending import may_send, sendable
from app.engine.situation import Situation
from app.engine.tables import ProcessInstance
from app.errors import EngineError, Refused
from app.forms import FormInvalid
from app.messages import message, sentence
from app.web import formpages, situations
from app.web.access_rules import signed_in
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.formpages import FormPage
from app.web.identity import actor as current
from app.web.sight import refuse, visible_case

blueprint = Blueprint("events", __name__)

Page = str | tuple[str, int] | Answer


def open_events(session: Session, case: CaseRow, actor: Actor) -> list[situations.Element]:
    """Return the events of a case to which the actor may send their message now."""
    if case.process_instance_id is None:
        return []
    return sendable(_situation(session, case, actor))


def _situation(session: Session, case: CaseRow, actor: Actor) -> Situation:
    instance = session.get_one(ProcessInstance, case.process_instance_id)
    return situations.instance_situation(session, instance, actor, legal_now())


@blueprint.get("/cases/<case_id>/events/<element_id>")
@signed_in
def ask(case_id: str, element_id: str) -> Page:
    """Say what the message does, and ask for what it needs."""
    actor = current()
    case, here, element = _event(reading(), case_id, element_id, actor)
    if element not in sendable(here):
        flash(message("engine.event_over", name=element.name))
        return redirect(url_for("cases.status", case_id=case.id))
    page = formpages.opened(
        here.bundle.form_of(element), here, draft=None, locked=situations.locks(element, here)
    )
    return _page(case, element, page)


@blueprint.post("/cases/<case_id>/events/<element_id>")
@signed_in
def send(case_id: str, element_id: str) -> Page:
    """Send the message; a refusal keeps what was typed."""
    actor = current()
    case, here, element = _event(reading(), case_id, element_id, actor)
    form = here.bundle.form_of(element)
    given = formpages.posted(form, Owner("case", case.id), actor)
    errors: Mapping[str, list[str]] = {}
    refused: list[str] = []
    try:
        house().engine.send(case_id, element_id, given.raw, actor=actor, key=given.key or None)
        flash(message("web.step_done", name=element.name), "done")
        return redirect(url_for("cases.status", case_id=case_id))
    except FormInvalid as error:
        errors = error.errors
    except EngineError as error:
        refused = error.messages if isinstance(error, Refused) else [sentence(error)]
    case, here, element = _event(read_afresh(), case_id, element_id, actor)
    page = formpages.again(form, here, given.raw, errors=errors, refused=refused)
    return _page(case, element, page), 422 if errors else 409


def _event(
    session: Session, case_id: str, element_id: str, actor: Actor
) -> tuple[CaseRow, Situation, situations.Element]:
    case = visible_case(session, case_id, actor)
    if case.process_instance_id is None:
        refuse(actor, "case", case_id)
    here = _situation(session, case, actor)
    element = here.bundle.definition.elements.get(element_id)
    if element is None or not may_send(element, here):
        refuse(actor, "case", case_id)
    return case, here, element


def _page(case: CaseRow, element: situations.Element, page: FormPage) -> str:
    return render_template("pages/applicant/event.html", case=case, event=element, form=page)
