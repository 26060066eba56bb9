"""加签: asking others to sign a task, and the page on which they do.

Who asks sees the step and its number, as when handing it on; who was asked sees the case as a
reviewer does, what was typed or handed in, and the form of his opinion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import Actor
from app.domain.access.rules import may_operate
from app.domain.attachments.keeping import Owner
from app.domain.organisations import names_of
from app.domain.people import find_person
from app.engine.signing.asking import askable
from app.engine.signing.signers import (
    find_to_sign,
    may_ask,
    own_signature,
    signers_of,
)
from app.engine.signing.tables import AFTER, BEFORE, WAITING, TaskSigner
from app.engine.situation import Situation
from app.engine.tables import OPEN, ProcessInstance, UserTask
from app.errors import EngineError, NotAllowed, Refused
from app.forms import FormInvalid, view
from app.messages import message, sentence
from app.web import chronicle, formpages, situations
from app.web.access_rules import signed_in
from app.web.chips import chip_of
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.formpages import Desk, FormPage, reading_context
from app.web.identity import actor as current
from app.web.progress import progress
from app.web.sight import refuse, sees_person_fully
from app.web.staff.handing import task_to_give

blueprint = Blueprint("signing", __name__)
LONGEST = 200


@dataclass(frozen=True)
class Signature:
    """One who was asked to sign, as pages show him."""

    row: TaskSigner
    organisation: str

    @property
    def opinion(self) -> str:
        """What he wrote; empty before he signed."""
        return str((self.row.opinion or {}).get("opinion", ""))


def signatures(session: Session, task: UserTask) -> list[Signature]:
    """Return everybody who was asked to sign a task, with what he signed."""
    rows = signers_of(session, task)
    names = names_of(session, {row.organisation or "" for row in rows})
    return [Signature(row, names.get(row.organisation or "", "")) for row in rows]


# Asking


@blueprint.get("/tasks/<task_id>/signers")
@signed_in
def show(task_id: str) -> str:
    """Who signs a task beside its assignee, and who may be asked."""
    return _asking_page(task_id)


def _asking_page(task_id: str, *, said: str = "") -> str:
    actor = current()
    task, here = task_to_give(task_id, actor)
    instance = here.session.get_one(ProcessInstance, task.instance_id)
    people = askable(here.session, task, here) if may_ask(task, actor) else []
    return render_template(
        "pages/staff/signers.html", task=task, instance=instance, said=said, people=people,
        title=here.bundle.descriptor.title, case_no=instance.business_key,
        signatures=signatures(here.session, task), may=may_ask(task, actor),
        operator=may_operate(actor), given=request.form, longest=LONGEST,
        mine=task.assignee == actor.account_id,
    )  # fmt: skip


@blueprint.post("/tasks/<task_id>/signers")
@signed_in
def add(task_id: str) -> tuple[str, int] | Answer:
    """Ask the chosen person."""

    def act(actor: Actor) -> None:
        house().engine.add_signer(
            task_id, request.form.get("account", ""), position=request.form.get("position", ""),
            question=request.form.get("question", "")[:LONGEST], actor=actor,
        )  # fmt: skip

    return _do(task_id, act, "web.signer_added")


@blueprint.post("/tasks/<task_id>/signers/<signer_id>/remove")
@signed_in
def remove(task_id: str, signer_id: str) -> tuple[str, int] | Answer:
    """Ask somebody no more."""
    reason = request.form.get("reason", "")[:LONGEST]

    def act(actor: Actor) -> None:
        house().engine.remove_signer(task_id, signer_id, reason=reason, actor=actor)

    return _do(task_id, act, "web.signer_removed")


@blueprint.post("/tasks/<task_id>/take-back")
@signed_in
def take_back(task_id: str) -> tuple[str, int] | Answer:
    """Take back what was handed in."""

    def act(actor: Actor) -> None:
        house().engine.take_back(task_id, actor=actor)

    return _do(task_id, act, "web.taken_back")


def _do(task_id: str, act: Callable[[Actor], None], said: str) -> tuple[str, int] | Answer:
    try:
        act(current())
    except Refused as error:
        read_afresh()
        return _asking_page(task_id, said="；".join(error.messages)), 409
    except EngineError as error:
        read_afresh()
        return _asking_page(task_id, said=sentence(error)), 409
    flash(message(said), "done")
    return redirect(url_for("signing.show", task_id=task_id))


# Signing


@blueprint.get("/tasks/<task_id>/sign")
@signed_in
def open_opinion(task_id: str) -> str:
    """The case as a signer sees it, with the form of his opinion."""
    actor = current()
    task, here = _to_sign(task_id, actor)
    page = formpages.opened(here.tools.opinion_form, here, draft=None, locked=[], desk=_desk(task))
    return _signing_page(task, here, actor, page)


@blueprint.post("/tasks/<task_id>/sign")
@signed_in
def sign(task_id: str) -> str | tuple[str, int] | Answer:
    """Sign with an opinion."""
    actor = current()
    task, here = _to_sign(task_id, actor)
    form = here.tools.opinion_form
    given = formpages.posted(form, _desk(task).owner, actor)
    try:
        house().engine.sign_task(task_id, given.raw, actor=actor, key=given.key or None)
    except FormInvalid as error:
        page = formpages.again(form, here, given.raw, errors=error.errors, desk=_desk(task))
        return _signing_page(task, here, actor, page), 422
    except EngineError as error:
        said = error.messages if isinstance(error, Refused) else [sentence(error)]
        read_afresh()
        task, here = _to_sign(task_id, actor)
        page = formpages.again(form, here, given.raw, refused=said, desk=_desk(task))
        return _signing_page(task, here, actor, page), 409
    flash(message("web.signed", name=task.name), "done")
    return redirect(url_for("staff.inbox"))


def _to_sign(task_id: str, actor: Actor) -> tuple[UserTask, Situation]:
    session = reading()
    try:
        task = find_to_sign(session, task_id, actor)
    except NotAllowed:
        refuse(actor, "task", task_id)
    return task, situations.of_task(session, task, actor, legal_now())


def _desk(task: UserTask) -> Desk:
    return Desk(url_for("signing.sign", task_id=task.id), Owner("task", task.id))


def _turn(task: UserTask, own: TaskSigner | None) -> bool:
    """Tell whether a signer may sign now."""
    if own is None or own.status != WAITING or task.status != OPEN:
        return False
    return own.position == BEFORE or task.handed_in_at is not None


def _signing_page(task: UserTask, here: Situation, actor: Actor, page: FormPage) -> str:
    session, case = here.session, here.case
    instance = session.get_one(ProcessInstance, task.instance_id)
    own = own_signature(session, task, actor)
    full = case is not None and sees_person_fully(session, case, actor)
    person = find_person(session, case.person_code) if case and case.person_code else None
    return render_template(
        "pages/staff/sign.html", task=task, case=case, case_no=instance.business_key, own=own,
        title=here.bundle.descriptor.title, form=page if _turn(task, own) else None, person=person,
        full=full, typed=_typed(task, here, full=full), after=AFTER,
        signatures=signatures(session, task), opinions=chronicle.opinions(here),
        papers=chronicle.papers(here, full=full), chip=chip_of(session, task.deadline_id, here.now),
        timeline=chronicle.timeline(session, here.bundle, instance.id),
        suspension=chronicle.suspension(session, instance),
        where=progress(session, here.bundle, instance, here.now),
    )  # fmt: skip


def _typed(task: UserTask, here: Situation, *, full: bool) -> Any:
    """Return what was handed in and waits for signatures, to be read; else None."""
    element = here.bundle.definition.elements[task.element_id]
    form = here.bundle.form_of(element)
    if form is None or task.handed_in_at is None or not task.draft:
        return None
    return view(form, task.draft, {}, reading_context(here), mode="read", full=full)
