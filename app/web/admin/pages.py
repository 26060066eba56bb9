"""The demo's clock and messages; elsewhere than in a demo these pages are not found."""

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
from app.messages import message
from app.web.access_rules import demo
from app.web.extensions import house, legal_now, reading

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
