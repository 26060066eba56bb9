"""A case as an operator sees it: its number, where it stands, what waits; and ending it.

The platform's administrator decides no case and sees no personal data: steps, deadlines and
incidents stand here, never what was handed in.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import PERSON_ROLE
from app.domain.cases.tables import CaseRow
from app.engine.tables import (
    ACTIVE,
    OPEN,
    Incident,
    MessageSubscription,
    ProcessInstance,
    TaskCandidate,
    Timer,
    UserTask,
)
from app.errors import EngineError, NotAllowed
from app.messages import message, sentence
from app.web.access_rules import role_needed
from app.web.chips import chip_of
from app.web.chronicle import ending
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.progress import progress
from app.web.sight import REFUSED
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("instances", __name__)
LONGEST = 200


@blueprint.post("/instances")
@role_needed(ADMINISTRATOR)
def find() -> Answer:
    """Find a case by its number."""
    number = request.form.get("number", "").strip()[:60]
    query = select(ProcessInstance.id).where(ProcessInstance.business_key == number)
    found = reading().scalar(query)
    if found is None:
        flash(message("web.no_such_case"), "conflict")
        return redirect(url_for("admin.incidents"))
    return redirect(url_for("instances.show", instance_id=found))


@blueprint.get("/instances/<instance_id>")
@role_needed(ADMINISTRATOR)
def show(instance_id: str) -> str:
    """Where a case stands and what it waits for."""
    return _page(instance_id)


@blueprint.post("/instances/<instance_id>/cancel")
@role_needed(ADMINISTRATOR)
def cancel(instance_id: str) -> tuple[str, int] | Answer:
    """End the case; the applicant is told why."""
    instance = _instance(reading(), instance_id)
    reason = request.form.get("reason", "")[:LONGEST]
    try:
        house().engine.cancel(instance_id, reason=reason, actor=current())
    except EngineError as error:
        read_afresh()
        return _page(instance_id, said=sentence(error), reason=reason), 409
    flash(message("web.cancelled", case_no=instance.business_key), "done")
    return redirect(url_for("instances.show", instance_id=instance_id))


def _instance(session: Session, instance_id: str) -> ProcessInstance:
    found = session.get(ProcessInstance, instance_id)
    if found is None:
        raise NotAllowed(REFUSED)
    return found


def _page(instance_id: str, *, said: str = "", reason: str = "") -> str:
    session, now = reading(), legal_now()
    instance = _instance(session, instance_id)
    bundle = house().tools.bundles.get(session, instance.bundle_id)
    where = progress(session, bundle, instance, now)
    steps = [replace(step, by="") for step in where.steps]  # an applicant's name may stand there
    tasks = [(task, chip_of(session, task.deadline_id, now)) for task in where.open_tasks]
    return render_template(
        "pages/admin/instance.html", instance=instance, title=bundle.descriptor.title,
        version=bundle.version, case=session.get(CaseRow, instance.case_id or ""), where=where,
        steps=steps, tasks=tasks, applicants=_applicants(session, [task for task, _ in tasks]),
        timers=_waiting(session, Timer, instance_id), said=said, reason=reason,
        messages=_waiting(session, MessageSubscription, instance_id),
        incidents=_incidents(session, instance_id), ending=ending(session, instance_id),
        active=instance.status == ACTIVE, elements=bundle.definition.elements,
    )  # fmt: skip


def _applicants(session: Session, tasks: list[UserTask]) -> frozenset[str]:
    """Return the tasks that wait for the applicant himself: nobody hands them on."""
    query = select(TaskCandidate.task_id).where(
        TaskCandidate.task_id.in_([task.id for task in tasks if task.status == OPEN]),
        TaskCandidate.group_code.startswith(f"{PERSON_ROLE}@"),
    )
    return frozenset(session.scalars(query))


def _waiting(
    session: Session, table: type[Timer] | type[MessageSubscription], instance_id: str
) -> list[Timer | MessageSubscription]:
    query = select(table).where(table.instance_id == instance_id, table.done_at.is_(None))
    return list(session.scalars(query.order_by(table.id)))


def _incidents(session: Session, instance_id: str) -> list[Incident]:
    query = select(Incident).where(
        Incident.instance_id == instance_id, Incident.resolved_at.is_(None)
    )
    return list(session.scalars(query.order_by(Incident.created_at)))
