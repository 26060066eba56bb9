"""The operators' pages: what did not go on, trying it again, and where an instance stands.

Every retry is a transaction of its own, so that one that fails again holds up no other. What
people filled in is not shown to operators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from werkzeug.wrappers import Response as Answer

from app.engine.tables import (
    Incident,
    MessageSubscription,
    Outbox,
    ProcessInstance,
    TaskCandidate,
    Timer,
)
from app.errors import AppError, EngineError
from app.messages import message, sentence
from app.web import chronicle
from app.web.access_rules import role_needed
from app.web.admin import troubles
from app.web.chips import chip_of
from app.web.diagrams import diagram
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.procedures import titles
from app.web.progress import progress
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("operating", __name__)
LONGEST = 200


@dataclass(frozen=True)
class Tried:
    """What became of one retry."""

    case_no: str
    instance_id: str
    element_name: str
    said: str
    ok: bool


@blueprint.get("/incidents")
@role_needed(ADMINISTRATOR)
def incidents() -> str:
    """Steps that could not go on by cause, messages given up, and those repaired last."""
    return _page([])


def _page(tried: list[Tried]) -> str:
    session, now = reading(), legal_now()
    return render_template(
        "pages/admin/incidents.html", causes=troubles.causes(session, now),
        given_up=troubles.given_up(session, now), trying=troubles.trying(session, now),
        resolved=troubles.resolved(session), tried=tried, titles=titles(session),
    )  # fmt: skip


@blueprint.post("/incidents/<incident_id>/retry")
@role_needed(ADMINISTRATOR)
def retry(incident_id: str) -> Answer:
    """Try a step again."""
    incident = reading().get(Incident, incident_id)
    found = _tried(incident) if incident is not None else None
    said = found.said if found else message("engine.incident_resolved")
    flash(said, "done" if found and found.ok else "conflict")
    return redirect(url_for("operating.incidents"))


@blueprint.post("/incidents/retry")
@role_needed(ADMINISTRATOR)
def retry_all() -> str:
    """Try every step again that stopped for one cause, and tell what became of each."""
    found = troubles.of_cause(reading(), request.form.get("kind", "")[:200])
    tried = [_tried(incident) for incident in found]
    read_afresh()
    return _page(tried)


def _tried(incident: Incident) -> Tried:
    """Try one step again in a transaction of its own."""
    incident_id, instance_id, token_id = incident.id, incident.instance_id, incident.token_id
    instance = reading().get_one(ProcessInstance, instance_id)
    case_no, name = instance.business_key, incident.element_name
    try:
        house().engine.retry(incident_id, actor=current())
    except AppError as error:
        return Tried(case_no, instance_id, name, sentence(error), ok=False)
    again = select(Incident.sentence).where(
        Incident.instance_id == instance_id,
        Incident.token_id == token_id,
        Incident.resolved_at.is_(None),
    )
    failed = read_afresh().scalars(again.limit(1)).one_or_none()
    said = message("web.retry_failed", reason=failed) if failed else message("web.retried")
    return Tried(case_no, instance_id, name, said, ok=failed is None)


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


@blueprint.post("/instances/<instance_id>/cancel")
@role_needed(ADMINISTRATOR)
def cancel(instance_id: str) -> tuple[str, int] | Answer:
    """End a case before its time; the applicant is told why."""
    number, reason = _instance(instance_id).business_key, request.form.get("reason", "")[:LONGEST]
    try:
        house().engine.cancel(instance_id, reason=reason, actor=current())
    except EngineError as error:
        read_afresh()
        return _situation(instance_id, said=sentence(error), reason=reason), 409
    flash(message("web.cancelled", case_no=number), "done")
    return redirect(url_for("operating.situation", instance_id=instance_id))


@blueprint.get("/instances/<instance_id>")
@role_needed(ADMINISTRATOR)
def situation(instance_id: str) -> str:
    """Where an instance stands: its tasks, timers, messages, background work and history."""
    return _situation(instance_id)


def _situation(instance_id: str, *, said: str = "", reason: str = "") -> str:
    session, now = reading(), legal_now()
    instance = _instance(instance_id)
    bundle = house().tools.bundles.get(session, instance.bundle_id)
    where = progress(session, bundle, instance, now)
    groups = select(TaskCandidate).where(
        TaskCandidate.task_id.in_([task.id for task in where.open_tasks])
    )
    timers = session.scalars(_of(Timer, instance_id).where(Timer.done_at.is_(None)))
    messages = session.scalars(
        _of(MessageSubscription, instance_id).where(MessageSubscription.done_at.is_(None))
    )
    work = session.scalars(_of(Outbox, instance_id).where(Outbox.done_at.is_(None)))
    elements = bundle.definition.elements
    return render_template(
        "pages/admin/situation.html", instance=instance, title=bundle.descriptor.title,
        version=bundle.version, where=where, groups=list(session.scalars(groups)),
        chips={task.id: chip_of(session, task.deadline_id, now) for task in where.open_tasks},
        timers=[(elements[row.element_id].name, row) for row in timers],
        messages=[(elements[row.element_id].name, row) for row in messages], work=list(work),
        incidents=list(session.scalars(_of(Incident, instance_id))),
        steps=[replace(step, by="") for step in where.steps], said=said, reason=reason,
        timeline=[_unnamed(line) for line in chronicle.timeline(session, bundle, instance_id)],
        ending=chronicle.ending(session, instance_id),
        diagram_endpoint="operating.drawing", diagram_id=instance_id,
    )  # fmt: skip


def _unnamed(line: chronicle.Line) -> chronicle.Line:
    """Return a line of history without what people said of the applicant, and without his name."""
    if line.kind == "returned":
        line = replace(line, reason="")
    if not line.by_person or line.organisation or not line.name or line.kind == "terminated":
        return line
    return replace(line, name=message("web.applicant"))


def _of(table: type[Any], instance_id: str) -> Select[Any]:
    return select(table).where(table.instance_id == instance_id).order_by(table.id)


def _instance(instance_id: str) -> ProcessInstance:
    found = reading().get(ProcessInstance, instance_id)
    return found if found is not None else abort(403)


@blueprint.get("/instances/<instance_id>/diagram.bpmn")
@role_needed(ADMINISTRATOR)
def drawing(instance_id: str) -> Answer:
    """The pinned drawing of an instance's procedure."""
    bundle_id = _instance(instance_id).bundle_id
    return diagram(house().tools.bundles.get(reading(), bundle_id))
