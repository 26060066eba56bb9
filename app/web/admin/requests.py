"""What waits for a second administrator, what it would do now, and his yes or no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import Actor
from app.engine.operating.repairs import INSTANCE, Ground, Subject
from app.engine.operating.requests import (
    decided_requests,
    foretold,
    has_moved,
    looked_at,
    open_requests,
)
from app.engine.operating.tables import OperationRequest
from app.engine.tables import ProcessInstance
from app.errors import AppError, EngineError
from app.messages import message, sentence
from app.web.access_rules import role_needed
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.sight import refuse
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("repair_requests", __name__)
LONGEST = 200


@dataclass(frozen=True)
class Shown:
    """A request with what it would do now, or why it cannot be done any more."""

    row: OperationRequest
    consequences: list[str]
    obstacle: str
    moved: bool
    own: bool


@blueprint.get("/requests")
@role_needed(ADMINISTRATOR)
def listing() -> str:
    """What waits, and what was decided last."""
    session = reading()
    return render_template(
        "pages/admin/requests.html", waiting=open_requests(session),
        decided=decided_requests(session), me=current().account_id,
    )  # fmt: skip


@blueprint.get("/requests/<request_id>")
@role_needed(ADMINISTRATOR)
def show(request_id: str) -> str:
    """One request: who asked for what and why, and what it would do now."""
    return _page(request_id)


def _page(request_id: str, *, said: str = "") -> str:
    session, actor = reading(), current()
    row = session.get(OperationRequest, request_id)
    if row is None:
        refuse(actor, "operation_request", request_id)
    return render_template(
        "pages/admin/request.html", shown=_shown(row, actor), row=row, said=said,
        note=request.form.get("reason", "")[:LONGEST], longest=LONGEST,
    )  # fmt: skip


def _shown(row: OperationRequest, actor: Actor) -> Shown:
    session = reading()
    own, moved = row.requested_by == actor.account_id, has_moved(session, row)
    if row.decided_at is not None:
        return Shown(row, [], "", moved=False, own=own)
    try:
        found = foretold(_ground(row, actor), row.verb)
    except AppError as error:
        return Shown(row, [], sentence(error), moved=moved, own=own)
    return Shown(row, found, "", moved=moved, own=own)


def _ground(row: OperationRequest, actor: Actor) -> Ground:
    session, tools, now = reading(), house().tools, legal_now()
    if row.subject_kind == INSTANCE:
        instance = session.get_one(ProcessInstance, row.subject_id)
        return looked_at(session, tools, instance, actor=actor, now=now, arguments=row.arguments)
    subject = Subject(row.subject_kind, row.subject_id, row.subject_name)
    return Ground(session, tools, now, actor, subject, arguments=row.arguments)


@blueprint.post("/requests/<request_id>/approve")
@role_needed(ADMINISTRATOR)
def approve(request_id: str) -> tuple[str, int] | Answer:
    """Carry out what another administrator asked for."""

    def act(actor: Actor) -> str:
        key = request.form.get("_key", "")[:64] or None
        answer = house().engine.approve_repair(request_id, actor=actor, key=key)
        return message("web.repair_done", outcome=answer["outcome"])

    return _do(request_id, act)


@blueprint.post("/requests/<request_id>/reject")
@role_needed(ADMINISTRATOR)
def reject(request_id: str) -> tuple[str, int] | Answer:
    """Say no, or withdraw one's own request."""
    reason = request.form.get("reason", "")[:LONGEST]

    def act(actor: Actor) -> str:
        house().engine.reject_repair(request_id, reason=reason, actor=actor)
        return message("web.repair_rejected")

    return _do(request_id, act)


def _do(request_id: str, act: Callable[[Actor], str]) -> tuple[str, int] | Answer:
    """Decide, then show what became of it; a refusal stands on the page and nothing was done."""
    try:
        said = act(current())
    except EngineError as error:
        read_afresh()
        return _page(request_id, said=sentence(error)), 409
    flash(said, "done")
    return redirect(url_for("repair_requests.show", request_id=request_id))
