"""The operators' pages: what did not go on, trying it again, and where an instance stands.

Every retry is a transaction of its own, so that one that fails again holds up no other. What
people filled in is not shown to operators.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from app.engine.operating.requests import open_requests
from app.engine.operating.retried import Tried
from app.engine.tables import ProcessInstance
from app.errors import EngineError
from app.messages import message, sentence
from app.web.access_rules import role_needed
from app.web.admin import troubles
from app.web.admin.standing import standing
from app.web.diagrams import diagram
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.procedures import titles
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("operating", __name__)
LONGEST = 200


@blueprint.get("/incidents")
@role_needed(ADMINISTRATOR)
def incidents() -> str:
    """Steps that could not go on by cause, messages given up, and those repaired last."""
    return _page([])


def _page(tried: list[Tried], *, said: str = "", of: str = "") -> str:
    session, now = reading(), legal_now()
    return render_template(
        "pages/admin/incidents.html", causes=troubles.causes(session, now),
        given_up=troubles.given_up(session, now), trying=troubles.trying(session, now),
        resolved=troubles.resolved(session), tried=tried, titles=titles(session),
        said=said, said_of=of, waiting=len(open_requests(session)),
    )  # fmt: skip


@blueprint.post("/incidents/<incident_id>/retry")
@role_needed(ADMINISTRATOR)
def retry(incident_id: str) -> Answer:
    """Try a step again."""
    found = house().engine.retry_told(incident_id, actor=current())
    said = found.said if found else message("engine.incident_resolved")
    flash(said, "done" if found and found.ok else "conflict")
    return redirect(url_for("operating.incidents"))


@blueprint.post("/incidents/retry")
@role_needed(ADMINISTRATOR)
def retry_all() -> str | tuple[str, int]:
    """Try every step again that stopped for one cause, and tell what became of each."""
    kind, reason = request.form.get("kind", "")[:200], request.form.get("reason", "")[:LONGEST]
    try:
        tried = house().engine.retry_cause(kind, reason=reason, actor=current())
    except EngineError as error:
        return _page([], said=sentence(error), of=kind), 409
    read_afresh()
    return _page(tried)


@blueprint.post("/outbox/<outbox_id>/again")
@role_needed(ADMINISTRATOR)
def send_again(outbox_id: str) -> Answer:
    """Send a message again that was given up."""
    try:
        house().engine.send_again(outbox_id, actor=current())
        flash(message("web.sent_again"), "done")
    except EngineError as error:
        flash(sentence(error), "conflict")
    return redirect(url_for("operating.incidents"))


@blueprint.post("/instances")
@role_needed(ADMINISTRATOR)
def find() -> Answer:
    """Find a case by its number."""
    number = request.form.get("number", "").strip()[:LONGEST]
    found = reading().scalar(
        select(ProcessInstance.id).where(ProcessInstance.business_key == number)
    )
    if found is None:
        flash(message("web.no_such_case"), "conflict")
        return redirect(url_for("operating.incidents"))
    return redirect(url_for("operating.situation", instance_id=found))


@blueprint.post("/instances/<instance_id>/suspend")
@role_needed(ADMINISTRATOR)
def suspend(instance_id: str) -> tuple[str, int] | Answer:
    """Let a case stand still; the applicant is told why."""
    return _act(instance_id, house().engine.suspend, "web.suspended")


@blueprint.post("/instances/<instance_id>/resume")
@role_needed(ADMINISTRATOR)
def resume(instance_id: str) -> tuple[str, int] | Answer:
    """Let a suspended case go on."""
    return _act(instance_id, house().engine.resume, "web.resumed")


@blueprint.post("/instances/<instance_id>/cancel")
@role_needed(ADMINISTRATOR)
def cancel(instance_id: str) -> tuple[str, int] | Answer:
    """End a case before its time; the applicant is told why."""
    return _act(instance_id, house().engine.cancel, "web.cancelled")


def _act(instance_id: str, verb: Callable[..., None], done: str) -> tuple[str, int] | Answer:
    """Do what one administrator alone may do; a refusal stands on the page with what was typed."""
    number, reason = _instance(instance_id).business_key, request.form.get("reason", "")[:LONGEST]
    try:
        verb(instance_id, reason=reason, actor=current())
    except EngineError as error:
        read_afresh()
        return _situation(instance_id, said=sentence(error), reason=reason), 409
    flash(message(done, case_no=number), "done")
    return redirect(url_for("operating.situation", instance_id=instance_id))


@blueprint.get("/instances/<instance_id>")
@role_needed(ADMINISTRATOR)
def situation(instance_id: str) -> str:
    """Where an instance stands: its tasks, timers, messages, background work and history."""
    return _situation(instance_id)


def _situation(instance_id: str, *, said: str = "", reason: str = "") -> str:
    instance = _instance(instance_id)
    return render_template(
        "pages/admin/situation.html", said=said, reason=reason, longest=LONGEST,
        **standing(reading(), instance, legal_now(), current()),
    )  # fmt: skip


def _instance(instance_id: str) -> ProcessInstance:
    found = reading().get(ProcessInstance, instance_id)
    return found if found is not None else abort(403)


@blueprint.get("/instances/<instance_id>/diagram.bpmn")
@role_needed(ADMINISTRATOR)
def drawing(instance_id: str) -> Answer:
    """The pinned drawing of an instance's procedure."""
    bundle_id = _instance(instance_id).bundle_id
    return diagram(house().tools.bundles.get(reading(), bundle_id))
