"""Handing a task on: assigning, taking away, delegating, fetching back, ending its case.

One page for all of it, for candidates, heads and operators; what each may do is asked of the same
rules as the engine asks. It shows the step and its number, never what is in the case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import Actor
from app.domain.access.rules import may_assign, may_operate, must_say_why
from app.engine.cancelling import ends_case
from app.engine.handing import candidates, colleagues, handed
from app.engine.migrating.earlier import bundle_of_task
from app.engine.situation import Situation
from app.engine.tables import OPEN, ProcessInstance, UserTask
from app.engine.tasks import candidate_groups, find_to_assign
from app.errors import EngineError, NotAllowed
from app.messages import message, sentence
from app.web import situations
from app.web.access_rules import signed_in
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.sight import refuse

blueprint = Blueprint("handing", __name__)
LONGEST = 200


@dataclass(frozen=True)
class Choice:
    """What the actor may do with a task, and whom he may name."""

    assign: list[Actor]
    delegate: list[Actor]
    take_away: bool
    say_why: bool
    fetch: bool
    end: bool

    @property
    def any(self) -> bool:
        """Tell whether there is anything to offer."""
        return bool(self.assign or self.delegate or self.take_away or self.fetch or self.end)


def choice_of(task: UserTask, here: Situation, actor: Actor) -> Choice:
    """Return what may be done with a task now."""
    groups = candidate_groups(here.session, task.id)
    others = task.assignee not in (None, actor.account_id)
    may = task.status == OPEN and may_assign(actor, groups, held_by_another=others)
    free = task.status == OPEN and not others and not handed(task)
    mine = free and not actor.groups.isdisjoint(groups)
    element = bundle_of_task(here, task).definition.elements[task.element_id]
    return Choice(
        assign=[p for p in candidates(here.session, task, here) if p.account_id != task.assignee]
        if may else [],
        delegate=[p for p in colleagues(here.session, task, here) if p != actor] if mine else [],
        take_away=may and others,
        say_why=must_say_why(actor, groups, held_by_another=others),
        fetch=handed(task) and task.owner == actor.account_id,
        end=ends_case(element) and task.assignee == actor.account_id and not handed(task),
    )  # fmt: skip


def task_to_give(task_id: str, actor: Actor) -> tuple[UserTask, Situation]:
    """Return a task that the actor may give to others, and its situation; refuses others' tasks."""
    session = reading()
    try:
        task = find_to_assign(session, task_id, actor)
    except NotAllowed:
        refuse(actor, "task", task_id)
    return task, situations.of_task(session, task, actor, legal_now())


@blueprint.get("/tasks/<task_id>/hand")
@signed_in
def show(task_id: str) -> str:
    """Who has the task, and to whom it may go."""
    return _page(task_id)


def _page(task_id: str, *, said: str = "") -> str:
    actor = current()
    task, here = task_to_give(task_id, actor)
    instance = here.session.get_one(ProcessInstance, task.instance_id)
    return render_template(
        "pages/staff/hand.html", task=task, case_no=instance.business_key, instance=instance,
        title=here.bundle.descriptor.title, choice=choice_of(task, here, actor), said=said,
        reason=request.form.get("reason", "")[:LONGEST], note=request.form.get("note", ""),
        operator=may_operate(actor),
    )  # fmt: skip


@blueprint.post("/tasks/<task_id>/assign")
@signed_in
def assign(task_id: str) -> tuple[str, int] | Answer:
    """Give the task to the chosen person; nobody chosen takes it away."""
    account_id = request.form.get("account") or None
    reason = request.form.get("reason", "")[:LONGEST]

    def act(actor: Actor) -> None:
        house().engine.assign(task_id, account_id, actor=actor, reason=reason)

    said = "web.assigned" if account_id else "web.unassigned"
    return _do(task_id, act, said)


@blueprint.post("/tasks/<task_id>/delegate")
@signed_in
def delegate(task_id: str) -> tuple[str, int] | Answer:
    """Let the chosen colleague do the task."""
    account_id = request.form.get("account", "")
    note = request.form.get("note", "")[:LONGEST]

    def act(actor: Actor) -> None:
        house().engine.delegate(task_id, account_id, actor=actor, note=note)

    return _do(task_id, act, "web.delegated")


@blueprint.post("/tasks/<task_id>/fetch")
@signed_in
def fetch(task_id: str) -> tuple[str, int] | Answer:
    """Take a delegated task back before it is given back."""

    def act(actor: Actor) -> None:
        house().engine.give_back(task_id, actor=actor)

    return _do(task_id, act, "web.fetched")


@blueprint.post("/tasks/<task_id>/end")
@signed_in
def end(task_id: str) -> tuple[str, int] | Answer:
    """End the task's case, where the drawing lets who handles the step do so."""
    reason = request.form.get("reason", "")[:LONGEST]
    instance_id = task_to_give(task_id, current())[0].instance_id

    def act(actor: Actor) -> None:
        house().engine.cancel(instance_id, reason=reason, actor=actor)

    return _do(task_id, act, "web.cancelled")


def _do(task_id: str, act: Callable[[Actor], None], said: str) -> tuple[str, int] | Answer:
    """Act, then lead to where the actor goes on; a refusal stands on the page."""
    actor = current()
    try:
        act(actor)
    except EngineError as error:
        read_afresh()
        return _page(task_id, said=sentence(error)), 409
    session = read_afresh()
    task = session.get_one(UserTask, task_id)
    number = session.get_one(ProcessInstance, task.instance_id).business_key
    flash(message(said, name=task.assignee_name or "", case_no=number), "done")
    if may_operate(actor):
        return redirect(url_for("operating.situation", instance_id=task.instance_id))
    return redirect(url_for("staff.inbox"))
