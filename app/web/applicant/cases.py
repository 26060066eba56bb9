"""The state of a case: what happens now, what its applicant has to do, how far it has come.

The same page serves everybody who may see the case; only the applicant acts from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import Actor
from app.domain.access.rules import is_person
from app.domain.attachments.keeping import Owner
from app.domain.cases.holds import held_because
from app.domain.cases.tables import CaseRow
from app.domain.certificates.tables import Certificate
from app.domain.issuance.tables import Issuance
from app.domain.notifications.tables import Channel, Notification
from app.domain.people import find_person
from app.domain.publicity.publishing import publicity_of
from app.engine.situation import Situation
from app.engine.tables import ProcessInstance, UserTask
from app.errors import EngineError, Refused
from app.forms import FormInvalid, FormView, from_post
from app.messages import message, sentence
from app.web import chronicle, formpages, situations
from app.web.access_rules import signed_in
from app.web.applicant.events import open_events
from app.web.applicant.own import own_tasks
from app.web.chips import Chip, chip_of
from app.web.diagrams import diagram
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.formpages import Desk, FormPage
from app.web.identity import actor as current
from app.web.progress import progress
from app.web.returns import returns_of
from app.web.sight import sees_person_fully, visible_case

blueprint = Blueprint("cases", __name__)


@dataclass(frozen=True)
class Doing:
    """A step that the applicant has to take, with its form."""

    task: UserTask
    form: FormPage
    chip: Chip | None


@blueprint.get("/cases/<case_id>")
@signed_in
def status(case_id: str) -> str | Answer:
    """Where the case stands."""
    actor = current()
    case = visible_case(reading(), case_id, actor)
    if case.process_instance_id is None:
        return redirect(url_for("applying.edit", case_id=case_id))
    return _page(case, actor)


@blueprint.post("/cases/<case_id>/steps/<element_id>")
@signed_in
def act(case_id: str, element_id: str) -> str | tuple[str, int] | Answer:
    """Take a step by its name; a shut door answers why and from when it opens."""
    actor, engine = current(), house().engine
    found = _open_step(reading(), case_id, element_id, actor)
    if found is None:
        return _knock(case_id, element_id, actor)
    task, here = found
    form = here.bundle.form_of(here.bundle.definition.elements[element_id])
    desk = _desk(case_id, task)
    given = formpages.posted(form, desk.owner, actor)
    errors: Mapping[str, list[str]] = {}
    refused: list[str] = []
    try:
        if given.changed is None and not given.wants_draft:
            engine.complete_element(
                case_id, element_id, given.raw, actor=actor, key=given.key or None
            )
            flash(message("web.step_done", name=task.name), "done")
            return redirect(url_for("cases.status", case_id=case_id))
        if given.wants_draft:
            return _keep(case_id, task, form, given.raw, actor)
    except FormInvalid as error:
        errors = error.errors
    except Refused as error:
        refused = error.messages
    except EngineError as error:
        refused = [sentence(error)]
    raw = given.raw if given.changed is None else given.changed
    page = formpages.again(form, here, raw, errors=errors, refused=refused, desk=desk)
    case = visible_case(read_afresh(), case_id, actor)
    return _page(case, actor, shown={task.id: page}), _status(errors, refused)


def _desk(case_id: str, task: UserTask) -> Desk:
    action = url_for("cases.act", case_id=case_id, element_id=task.element_id)
    return Desk(action, Owner("task", task.id))


def _status(errors: Mapping[str, list[str]], refused: list[str]) -> int:
    return 422 if errors else 409 if refused else 200


def _keep(case_id: str, task: UserTask, form: Any, raw: Mapping[str, Any], actor: Actor) -> Answer:
    house().engine.save_task_draft(task.id, formpages.draft_of(form, raw), actor=actor)
    flash(message("web.draft_saved", at=legal_now()))
    return redirect(url_for("cases.status", case_id=case_id))


def _open_step(
    session: Session, case_id: str, element_id: str, actor: Actor
) -> tuple[UserTask, Situation] | None:
    """Return the actor's own open task of an element with its situation, or None."""
    for task in own_tasks(session, case_id, actor):
        if task.element_id == element_id:
            return task, situations.of_task(session, task, actor, legal_now())
    return None


def _knock(case_id: str, element_id: str, actor: Actor) -> tuple[str, int] | Answer:
    """Ask the engine at a door that this page does not show open; it says why it is shut."""
    try:
        house().engine.complete_element(
            case_id, element_id, request.form.to_dict(), actor=actor,
            key=request.form.get(formpages.KEY) or None,
        )  # fmt: skip
    except EngineError as error:
        said = error.messages if isinstance(error, Refused) else [sentence(error)]
        case = visible_case(read_afresh(), case_id, actor)
        return _page(case, actor, refused=said, kept=_typed(case, element_id, actor)), 409
    return redirect(url_for("cases.status", case_id=case_id))


def _typed(case: CaseRow, element_id: str, actor: Actor) -> FormView | None:
    """Return what was typed into the form of a step that is not open any more."""
    session = reading()
    instance = session.get(ProcessInstance, case.process_instance_id or "")
    if instance is None:
        return None
    here = situations.instance_situation(session, instance, actor, legal_now())
    element = here.bundle.definition.elements.get(element_id)
    form = here.bundle.form_of(element) if element is not None else None
    if form is None:
        return None
    return formpages.again(form, here, from_post(form, request.form)).view


def _doings(
    session: Session, case: CaseRow, actor: Actor, shown: Mapping[str, FormPage]
) -> list[Doing]:
    """Return the applicant's open steps; a refused one shows what was typed."""
    found = []
    if not is_person(actor, case.person_code):
        return []
    for task in own_tasks(session, case.id, actor):
        here = situations.of_task(session, task, actor, legal_now())
        element = here.bundle.definition.elements[task.element_id]
        page = shown.get(task.id) or formpages.opened(
            here.bundle.form_of(element), here, draft=task.draft,
            locked=situations.locks(element, here), desk=_desk(case.id, task),
        )  # fmt: skip
        found.append(Doing(task, page, chip_of(session, task.deadline_id, here.now)))
    return found


def _page(
    case: CaseRow, actor: Actor, *, shown: Mapping[str, FormPage] | None = None,
    refused: list[str] | None = None, kept: FormView | None = None,
) -> str:  # fmt: skip
    session, now = reading(), legal_now()
    instance = session.get_one(ProcessInstance, case.process_instance_id or "")
    here = situations.instance_situation(session, instance, actor, now)
    own = is_person(actor, case.person_code)
    doings = _doings(session, case, actor, shown or {})
    full = own or sees_person_fully(session, case, actor)
    lines = chronicle.timeline(session, here.bundle, instance.id)
    return render_template(
        "pages/applicant/status.html", case=case, own=own, title=here.bundle.descriptor.title,
        person=find_person(session, case.person_code or ""), instance=instance,
        where=progress(session, here.bundle, instance, now),
        doings=doings, refused=refused or [], kept=kept or _homeless(doings, shown or {}),
        papers=chronicle.papers(here, full=full), opinions=chronicle.opinions(here),
        timeline=chronicle.told_to_applicant(lines) if own else lines,
        messages=_messages(session, case) if own else [], certificates=_certificates(session, case),
        publicity=publicity_of(session, case.case_no or ""), returns=returns_of(session, instance),
        ending=chronicle.ending(session, instance.id),
        suspension=chronicle.suspension(session, instance),
        events=open_events(session, case, actor), held=held_because(session, case.id),
        diagram_endpoint="cases.drawing", diagram_id=case.id,
    )  # fmt: skip


def _homeless(doings: list[Doing], shown: Mapping[str, FormPage]) -> FormView | None:
    """Return the typed form of a step that meanwhile left the page; its refusal still shows it."""
    there = {doing.task.id for doing in doings}
    return next((page.view for task, page in shown.items() if task not in there), None)


def _messages(session: Session, case: CaseRow) -> list[Notification]:
    query = select(Notification).where(
        Notification.case_no == case.case_no,
        Notification.channel == Channel.INBOX,
        Notification.to_code == case.person_code,
    )
    return list(session.scalars(query.order_by(Notification.created_at.desc())))


def _certificates(session: Session, case: CaseRow) -> list[Certificate]:
    query = select(Certificate).join(Issuance, Issuance.id == Certificate.issuance_id)
    return list(session.scalars(query.where(Issuance.case_no == case.case_no)))


@blueprint.get("/cases/<case_id>/diagram.bpmn")
@signed_in
def drawing(case_id: str) -> Answer:
    """The pinned drawing of the case's procedure."""
    session = reading()
    case = visible_case(session, case_id, current())
    bundles = house().tools.bundles
    if case.bundle_id is None:
        return diagram(bundles.newest(session, case.process_key))
    return diagram(bundles.get(session, case.bundle_id))
