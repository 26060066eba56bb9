"""The page of one task: its form, and beside it the papers, history, drawing and reasons.

The engine decides everything under its lock; this page shows beforehand what it would say, and
keeps what was typed whenever it says no.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import Actor
from app.domain.attachments.keeping import Owner
from app.domain.cases.tables import CaseRow
from app.domain.people import Person, find_person
from app.engine.handing import handed
from app.engine.migrating.earlier import bundle_of_task
from app.engine.returning import wants_return
from app.engine.signing.signers import may_ask
from app.engine.situation import Situation
from app.engine.tables import OPEN, ProcessInstance, UserTask
from app.engine.task_verbs import HANDED_IN
from app.errors import EngineError, Refused
from app.forms import Form, FormInvalid
from app.messages import message, sentence
from app.web import chronicle, formpages, situations
from app.web.access_rules import signed_in
from app.web.chips import chip_of
from app.web.diagrams import diagram
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.formpages import Desk, FormPage
from app.web.identity import actor as current
from app.web.progress import progress
from app.web.reasons import reasons
from app.web.returns import sent_back
from app.web.sight import sees_person_fully, visible_task
from app.web.staff.handing import choice_of
from app.web.staff.signing import signatures

blueprint = Blueprint("task", __name__)

GIVE_BACK = "_give_back"


@dataclass(frozen=True)
class Work:
    """A task with everything its page needs to know about it."""

    task: UserTask
    case: CaseRow | None
    person: Person | None
    here: Situation
    element: situations.Element
    form: Form | None

    @property
    def is_open(self) -> bool:
        """Tell whether it still waits."""
        return self.task.status == OPEN


def _work(task_id: str, actor: Actor) -> Work:
    session = reading()
    task = visible_task(session, task_id, actor)
    here = situations.of_task(session, task, actor, legal_now())
    case = here.case
    person = find_person(session, case.person_code) if case and case.person_code else None
    bundle = bundle_of_task(here, task)
    element = bundle.definition.elements[task.element_id]
    return Work(task, case, person, here, element, bundle.form_of(element))


@blueprint.get("/tasks/<task_id>")
@signed_in
def show(task_id: str) -> str:
    """The task with its form; what would be refused now is said beforehand."""
    actor = current()
    work = _work(task_id, actor)
    page = None
    free = work.is_open and work.task.handed_in_at is None
    if free and work.task.assignee in (None, actor.account_id):
        locked = situations.locks(work.element, work.here)
        page = formpages.opened(
            work.form, work.here, draft=work.task.draft, locked=locked, desk=_desk(task_id)
        )
    return _page(work, page, actor)


@blueprint.post("/tasks/<task_id>")
@signed_in
def submit(task_id: str) -> str | tuple[str, int] | Answer:
    """Complete the task, keep a draft, give it back, or only change the form."""
    actor = current()
    work = _work(task_id, actor)
    given = formpages.posted(work.form, _desk(task_id).owner, actor)
    if given.changed is not None:
        return _page(work, _again(work, given.changed), actor)
    try:
        if given.wants_draft:
            return _keep(work, given.raw, actor)
        if GIVE_BACK in request.form:
            return _give_back(work, given.raw, actor)
        answer = house().engine.complete(task_id, given.raw, actor=actor, key=given.key or None)
    except FormInvalid as error:
        page = _again(work, given.raw, errors=error.errors)
        return _page(work, page, actor), 422
    except Refused as error:
        page = _again(work, given.raw, refused=error.messages)
        return _page(work, page, actor), 409
    except EngineError as error:
        return _conflict(work.task.id, given.raw, actor, sentence(error)), 409
    said = "web.returned" if wants_return(given.raw) else "web.task_done"
    said = "web.handed_in" if answer["status"] == HANDED_IN else said
    flash(message(said, name=work.task.name, case_no=_number(work)))
    return redirect(url_for("staff.inbox"))


def _desk(task_id: str) -> Desk:
    return Desk(url_for("task.submit", task_id=task_id), Owner("task", task_id))


def _again(work: Work, raw: Mapping[str, Any], **said: Any) -> FormPage:
    return formpages.again(work.form, work.here, raw, desk=_desk(work.task.id), **said)


def _number(work: Work) -> str:
    return (work.case.case_no if work.case else None) or ""


def _keep(work: Work, raw: Mapping[str, Any], actor: Actor) -> tuple[str, int] | Answer:
    """Save a draft; files that were refused are named and left out."""
    kept = formpages.draft_of(work.form, raw)
    house().engine.save_task_draft(work.task.id, kept, actor=actor)
    problems = formpages.refused_uploads(work.form, raw)
    if problems:
        page = _again(work, raw, errors=problems)
        return _page(work, page, actor), 422
    flash(message("web.draft_saved", at=legal_now()))
    return redirect(url_for("task.show", task_id=work.task.id))


def _give_back(work: Work, raw: Mapping[str, Any], actor: Actor) -> Answer:
    """Return a delegated task to its owner with what was filled in."""
    kept = formpages.draft_of(work.form, raw)
    house().engine.give_back(work.task.id, kept, actor=actor)
    flash(message("web.given_back"))
    return redirect(url_for("staff.inbox"))


def _conflict(task_id: str, raw: Mapping[str, Any], actor: Actor, said: str) -> str:
    """Say who was first, and show what was typed so that nothing is lost."""
    read_afresh()
    work = _work(task_id, actor)
    return _page(work, _again(work, raw), actor, conflict=said)


def _page(work: Work, page: FormPage | None, actor: Actor, *, conflict: str = "") -> str:
    session, now = work.here.session, work.here.now
    instance = session.get_one(ProcessInstance, work.task.instance_id)
    full = work.case is not None and sees_person_fully(session, work.case, actor)
    where = progress(session, work.here.bundle, instance, now)
    return render_template(
        "pages/staff/task.html", task=work.task, case=work.case, person=work.person, full=full,
        form=page, conflict=conflict, case_no=instance.business_key,
        title=work.here.bundle.descriptor.title, element=work.element, instance=instance,
        chip=chip_of(session, work.task.deadline_id, now),
        mine=work.task.assignee == actor.account_id, me=actor.account_id,
        delegated=handed(work.task), hand=choice_of(work.task, work.here, actor).any,
        sent_back=sent_back(session, work.task) if work.is_open else None,
        papers=chronicle.papers(work.here, full=full), opinions=chronicle.opinions(work.here),
        timeline=chronicle.timeline(session, work.here.bundle, instance.id),
        reasons=reasons(session, work.here.bundle, instance.id), where=where,
        suspension=chronicle.suspension(session, instance),
        signing=may_ask(work.task, actor), signatures=signatures(session, work.task),
        diagram_endpoint="task.drawing", diagram_id=work.task.id,
    )  # fmt: skip


@blueprint.get("/tasks/<task_id>/diagram.bpmn")
@signed_in
def drawing(task_id: str) -> Answer:
    """The pinned drawing of the task's procedure."""
    session = reading()
    task = visible_task(session, task_id, current())
    instance = session.get_one(ProcessInstance, task.instance_id)
    return diagram(house().tools.bundles.get(session, instance.bundle_id))
