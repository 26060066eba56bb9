"""The demo's clock and messages, and the incidents that an administrator has tried again.

The clock page exists in demo installations only; elsewhere its address is not found.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from app.clock import SHANGHAI, local, local_date
from app.db.system_time import system_now
from app.domain.calendar import load_calendar
from app.domain.notifications.tables import Channel, Notification
from app.engine.situation import DEFAULT_REGION
from app.engine.tables import Incident, ProcessInstance
from app.errors import EngineError
from app.messages import message, sentence
from app.web.access_rules import demo, role_needed
from app.web.extensions import house, legal_now, reading
from app.web.identity import actor as current
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("admin", __name__)

LATEST = 20
OPENING = time(9)
FARTHEST = timedelta(days=366 * 5)


@blueprint.get("/demo")
@demo
def demo_page() -> str:
    """Legal and system time, buttons that move the one, and the messages sent."""
    query = select(Notification).where(Notification.channel == Channel.SMS)
    sent = reading().scalars(query.order_by(Notification.created_at.desc()).limit(LATEST))
    return render_template(
        "pages/admin/demo.html", legal=legal_now(), system=system_now(), messages=list(sent)
    )


@blueprint.post("/demo/clock")
@demo
def move_clock() -> Answer:
    """Move legal time forward; everything due on the way fires."""
    target = _target()
    if target is None or not timedelta() < target - legal_now() <= FARTHEST:
        flash(message("web.clock_target"), "conflict")
        return redirect(url_for("admin.demo_page"))
    fired = house().move_clock(target)
    flash(message("web.clock_moved", at=legal_now(), fired=fired), "done")
    return redirect(url_for("admin.demo_page"))


def _target() -> datetime | None:
    days = request.form.get("workdays", "")
    if days.isascii() and days.isdigit() and len(days) <= 3:
        calendar = load_calendar(reading())
        day, _ = calendar.add_workdays(local_date(legal_now()), int(days), DEFAULT_REGION)
        at = local(legal_now()).time()
        return datetime.combine(day, at if at > OPENING else OPENING, SHANGHAI)
    try:
        return datetime.fromisoformat(request.form.get("until", "")).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None


@blueprint.get("/incidents")
@role_needed(ADMINISTRATOR)
def incidents() -> str:
    """Steps that could not go on: the open ones, and those repaired last."""
    query = select(Incident, ProcessInstance.business_key).join(
        ProcessInstance, ProcessInstance.id == Incident.instance_id
    )
    open_ones = query.where(Incident.resolved_at.is_(None)).order_by(Incident.created_at.desc())
    repaired = query.where(Incident.resolved_at.is_not(None))
    repaired = repaired.order_by(Incident.resolved_at.desc()).limit(LATEST)
    return render_template(
        "pages/admin/incidents.html", incidents=reading().execute(open_ones).all(),
        repaired=reading().execute(repaired).all(),
    )  # fmt: skip


@blueprint.post("/incidents/<incident_id>/retry")
@role_needed(ADMINISTRATOR)
def retry(incident_id: str) -> Answer:
    """Try a step again."""
    try:
        house().engine.retry(incident_id, actor=current())
    except EngineError as error:
        flash(sentence(error), "conflict")
        return redirect(url_for("admin.incidents"))
    flash(message("web.retried"), "done")
    return redirect(url_for("admin.incidents"))
