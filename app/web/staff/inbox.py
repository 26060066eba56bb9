"""The inbox: queues with counts, filters, and claiming in place or by a plain post.

What is searched for may be a person's name, so it is posted and never stands in an address.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.errors import EngineError
from app.messages import message, sentence
from app.web import identity
from app.web.access_rules import signed_in
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.procedures import titles
from app.web.staff import queues

blueprint = Blueprint("staff", __name__)


@blueprint.get("/inbox")
@signed_in
def inbox() -> str:
    """A queue as it stands now."""
    return _inbox()


@blueprint.post("/inbox")
@signed_in
def search() -> str:
    """The same, narrowed by what was posted."""
    return _inbox()


def _inbox() -> str:
    session, actor = reading(), identity.actor()
    queue = request.values.get("queue", queues.WAITING)
    queue = queue if queue in queues.queues_of(actor) else queues.WAITING
    narrowed = queues.Filter(
        request.values.get("process", "")[:60], request.values.get("step", "")[:120],
        request.form.get("text", "").strip()[:60],
    )  # fmt: skip
    processes, steps = queues.choices(session, queue, actor)
    after = request.values.get("after", "")
    return render_template(
        "pages/staff/inbox.html", queue=queue, counts=queues.counts(session, actor),
        page=queues.page(session, queue, actor, narrowed, after, legal_now()), narrowed=narrowed,
        processes=processes, steps=steps, titles=titles(session), after=after,
        me=actor.account_id,
    )  # fmt: skip


@blueprint.post("/tasks/<task_id>/claim")
@signed_in
def claim(task_id: str) -> str | tuple[str, int] | Answer:
    """Take a task; the loser of a race learns who was first."""
    try:
        house().engine.claim(task_id, actor=identity.actor())
    except EngineError as error:
        return _lost(task_id, sentence(error))
    if _in_place():
        return _line(task_id, "claimed")
    return redirect(url_for("task.show", task_id=task_id))


@blueprint.post("/tasks/<task_id>/release")
@signed_in
def release(task_id: str) -> str | tuple[str, int] | Answer:
    """Give a task back; what was typed stays as its draft."""
    try:
        house().engine.release(task_id, actor=identity.actor())
    except EngineError as error:
        return _lost(task_id, sentence(error))
    if _in_place():
        return _line(task_id, "released")
    flash(message("web.released"))
    return redirect(url_for("staff.inbox"))


def _in_place() -> bool:
    return request.headers.get("HX-Request") == "true" and "in_place" in request.form


def _line(task_id: str, happened: str) -> str:
    session = read_afresh()
    return render_template(
        "pages/staff/inbox_row.html", row=queues.row(session, task_id, legal_now()),
        happened=happened, titles=titles(session), said="",
        counts=queues.counts(session, identity.actor()), me=identity.actor().account_id,
    )  # fmt: skip


def _lost(task_id: str, said: str) -> tuple[str, int] | Answer:
    if not _in_place():
        flash(said, "conflict")
        return redirect(url_for("staff.inbox"))
    session = read_afresh()
    page = render_template(
        "pages/staff/inbox_row.html", row=queues.row(session, task_id, legal_now()),
        happened="lost", titles=titles(session), said=said,
        counts=queues.counts(session, identity.actor()), me=identity.actor().account_id,
    )  # fmt: skip
    return page, 409
