"""The calendar's page: its versions, a file handed in, what it would change, and loading it.

What was shown is sent along with the button that loads it, so that nothing is kept between the
two steps; it is read and checked again.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.domain.calendar import (
    ScheduleFile,
    load_calendar,
    provisional_deadlines,
    unfollowed,
    versions,
)
from app.domain.calendar.notices import COLUMNS, MOST_BYTES
from app.engine.affected import Preview, preview
from app.errors import DomainError
from app.messages import message
from app.web.access_rules import role_needed
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("schedules", __name__)
LONGEST_LABEL, LONGEST_NAME = 60, 120
SHOWN = 200
FOLLOWED_AT_ONCE = 200


@dataclass(frozen=True)
class HandedIn:
    """A file with the name that its version is to have."""

    file: ScheduleFile
    label: str

    @property
    def content(self) -> str:
        """The file as a form field carries it."""
        return base64.b64encode(self.file.content).decode("ascii")


@blueprint.get("/operating/calendar")
@role_needed(ADMINISTRATOR)
def show() -> str:
    """The versions of the calendar, and where a schedule is handed in."""
    return _page()


@blueprint.post("/operating/calendar")
@role_needed(ADMINISTRATOR)
def ask() -> str | tuple[str, int]:
    """What a schedule would change; nothing is loaded."""
    given = request.files.get("schedule")
    if given is None or not given.filename:
        return _page(said=message("schedule.no_file")), 422
    file = ScheduleFile(given.filename[-LONGEST_NAME:], given.stream.read(MOST_BYTES + 1))
    handed_in = HandedIn(file, _label(file))
    try:
        found = preview(reading(), house().tools, file, now=legal_now())
    except DomainError as error:
        return _page(refused=error, handed_in=handed_in), 422
    return _page(found=found, handed_in=handed_in)


@blueprint.post("/operating/calendar/load")
@role_needed(ADMINISTRATOR)
def load() -> str | tuple[str, int] | Answer:
    """Load a schedule that was shown before; the deadlines that are many follow by the worker."""
    try:
        content = base64.b64decode(request.form.get("content", ""), validate=True)
    except binascii.Error:
        return _page(said=message("schedule.no_file")), 422
    file = ScheduleFile(request.form.get("name", "")[-LONGEST_NAME:], content)
    label, person, engine = _label(file), current(), house().engine
    try:
        number = engine.load_schedule(file, label=label, loaded_by=person.name, actor=person)
    except DomainError as error:
        return _page(refused=error, handed_in=HandedIn(file, label)), 422
    return _follow("schedule.nothing_new" if number is None else "schedule.loaded", number)


@blueprint.post("/operating/calendar/follow")
@role_needed(ADMINISTRATOR)
def follow() -> Answer:
    """Go on with deadlines that do not follow the latest calendar yet."""
    return _follow("schedule.continued")


def _follow(done: str, number: int | None = None) -> Answer:
    followed = house().engine.follow_calendar(most=FOLLOWED_AT_ONCE)
    told = message("schedule.followed", moved=followed.moved, instances=followed.instances)
    flash(message(done, number=number) + told, "done")
    if not followed.finished:
        flash(message("schedule.worker_follows"), "conflict")
    return redirect(url_for("schedules.show"))


def _label(file: ScheduleFile) -> str:
    given = request.form.get("label", "").strip()[:LONGEST_LABEL]
    return given or file.name.removesuffix(".csv")


def _page(
    *,
    found: Preview | None = None,
    handed_in: HandedIn | None = None,
    refused: DomainError | None = None,
    said: str = "",
) -> str:
    session = read_afresh()
    return render_template(
        "pages/admin/calendar.html", versions=versions(session), found=found, refused=refused,
        handed_in=handed_in, said=said, shown=SHOWN, columns=COLUMNS,
        published=sorted(load_calendar(session).published),
        provisional=provisional_deadlines(session), unfollowed=unfollowed(session),
    )  # fmt: skip
