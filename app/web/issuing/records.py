"""The record list with its search, and one record with everything that happened to it.

Where a record lacks its photo, the officer who applies for it can hand one in here: records that
were imported have no form through which their holder could.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.domain.codes import code_list
from app.domain.issuance.log import events_of, words
from app.domain.organisations import names_of
from app.domain.people import add_photo
from app.forms import check_photo
from app.messages import message
from app.web.access_rules import role_needed
from app.web.extensions import house, legal_now, reading
from app.web.identity import actor
from app.web.issuing import lists
from app.web.issuing.lists import CERTIFIER, REGION, REVIEWER, TO_APPLY, Line
from app.web.issuing.searching import found, wanted
from app.web.sight import note, refuse

blueprint = Blueprint("issuance_records", __name__, url_prefix="/issuance/records")

SOURCE = "issuance"
LARGEST = 2 * 1024 * 1024


@blueprint.route("", methods=["GET", "POST"])
@role_needed(CERTIFIER, REVIEWER, REGION)
def records() -> str:
    """Every record the officer may read, narrowed by what was posted."""
    narrowed = wanted(request.form)
    after = request.form.get("after", "")
    lines, following = found(reading(), actor(), narrowed, after)
    return render_template(
        "pages/issuing/records.html", tab="records", roles=actor().roles, lines=lines,
        narrowed=narrowed, after=after, following=following,
        states=code_list("issuance_state"),
    )  # fmt: skip


@blueprint.get("/<issuance_id>")
@role_needed(CERTIFIER, REVIEWER, REGION)
def record(issuance_id: str) -> str:
    """One record: its title, its state, its reviews, and how far the library is."""
    return _page(_readable(issuance_id))


def _page(line: Line, problems: list[str] | None = None) -> str:
    session = reading()
    events = events_of(session, line.issuance.id)
    codes = {line.issuance.office} | {event.organisation or "" for event in events}
    return render_template(
        "pages/issuing/record.html", tab="records", roles=actor().roles, line=line, events=events,
        acts=words("acts"), names=names_of(session, codes - {""}), problems=problems or [],
        may_hand_in=_may_hand_in(line),
    )  # fmt: skip


@blueprint.post("/<issuance_id>/photo")
@role_needed(CERTIFIER)
def hand_in_photo(issuance_id: str) -> tuple[str, int] | Answer:
    """Enter a photo for the holder; what is wrong with it is told and nothing is kept."""
    line = _readable(issuance_id)
    if not _may_hand_in(line):
        refuse(actor(), "issuance", issuance_id)
    upload = request.files.get("photo")
    content = upload.read(LARGEST) if upload is not None else b""
    if not content:
        return _page(line, [message("issuing.no_photo")]), 422
    problems = [problem.message for problem in check_photo(content)]
    if problems:
        return _page(line, problems), 422
    key = house().adapters.storage.put(content)
    with house().unit_of_work() as session:
        add_photo(
            session, line.record.person_code, storage_key=key, sha256=key, checks=[],
            source=SOURCE, at=legal_now(),
        )  # fmt: skip
    note(actor(), "hand_in_photo", "issuance", issuance_id)
    flash(message("issuing.photo_kept"))
    return redirect(url_for("issuance_records.record", issuance_id=issuance_id))


def _readable(issuance_id: str) -> Line:
    line = lists.line_of(reading(), issuance_id)
    if line is None or not lists.readable(reading(), actor(), [line]):
        refuse(actor(), "issuance", issuance_id)
    return line


def _may_hand_in(line: Line) -> bool:
    return actor().holds(CERTIFIER, line.issuance.office) and line.issuance.state in TO_APPLY
