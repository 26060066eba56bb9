"""The four lists an officer acts on: applying, reviewing, releasing, and what has failed.

A batch is answered by the same page: what was done, what was refused and why, and what is left,
with everything that was typed for the refused ones. Nothing is decided here but by the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.clock import local_date
from app.db.base import new_id
from app.domain.codes import band_of, label
from app.domain.issuance.log import words
from app.domain.issuance.tables import Issuance
from app.domain.organisations import ancestors, name_of
from app.errors import AppError, DomainError
from app.operations.authority import offices_reviewing
from app.web import procedures
from app.web.access_rules import role_needed
from app.web.extensions import legal_now, read_afresh, reading
from app.web.identity import actor
from app.web.issuing import lists
from app.web.issuing.batch import Outcome, beginning, completing, each, withdrawing
from app.web.issuing.lists import CERTIFIER, REGION, REVIEWER, Line

blueprint = Blueprint("issuing", __name__, url_prefix="/issuance")

BUSINESS = "FZ"
HIGH = "高级"
KEY_LENGTH = 64
Page = str | tuple[str, int]


@blueprint.get("")
@role_needed(CERTIFIER, REVIEWER, REGION)
def start() -> Answer:
    """Open the first page on which the officer has something to do."""
    mine = actor().roles
    endpoint = "apply" if CERTIFIER in mine else "review" if REVIEWER in mine else "release"
    return redirect(url_for(f"issuing.{endpoint}"))


@blueprint.get("/apply")
@role_needed(CERTIFIER)
def apply() -> str:
    """Records to apply for, applications that may be withdrawn, titles for the list."""
    return _apply_page([])


def _apply_page(outcomes: list[Outcome], about: Mapping[str, str] | None = None) -> str:
    session, me = read_afresh(), actor()
    ready = lists.to_apply(session, me)
    return _page(
        "apply", outcomes, about, lines=ready, pending=lists.pending(session, me),
        titles=lists.openable(session, me), offices=_offices(ready),
        needs_notice={line.issuance.id for line in ready if _needs_notice(line)},
    )  # fmt: skip


def _offices(ready: list[Line]) -> list[tuple[str, str]]:
    """Return the offices that may review any of the records; each record's own are asked later."""
    session, today = reading(), local_date(legal_now())
    kinds = {
        (line.issuance.office, line.record.series, band_of(line.record.level) == HIGH)
        for line in ready
    }
    found = dict.fromkeys(
        code
        for office, series, high in sorted(kinds)
        for code in offices_reviewing(session, office, series, high=high, on=today)
    )
    return [(code, name_of(session, code)) for code in found]


def _needs_notice(line: Line) -> bool:
    """Tell whether the form of this record asks for the confirmation notice."""
    is_region = not ancestors(reading(), line.issuance.office)
    return is_region and band_of(line.record.level) == HIGH


@blueprint.post("/apply")
@role_needed(CERTIFIER)
def send_applications() -> Page:
    """Apply for every chosen record; those that are not ready are named with what is missing."""
    key = _posted_key()
    batch = (
        request.form.get("batch", "").strip()
        or f"{local_date(legal_now()):%Y%m%d}-{key[-6:].upper()}"
    )

    def values(task_id: str) -> dict[str, Any]:
        return {
            "review_office": request.form.get("review_office", ""),
            "record_checked": request.form.get("record_checked") == "true",
            "batch": batch,
            **_typed(task_id, "confirm_notice_no", "confirm_notice_on"),
        }

    chosen = request.form.getlist("task")
    about = _names_of_tasks(chosen)
    outcomes = each(chosen, key, "apply", completing(values))
    return _answer(outcomes, _apply_page(outcomes, about))


@blueprint.post("/open")
@role_needed(CERTIFIER)
def open_records() -> Page:
    """Put chosen titles on the list for issuance."""
    key, session = _posted_key(), reading()
    chosen = request.form.getlist("record")
    own = lists.own_titles(session, actor(), chosen)
    about = {record.id: f"{name}　{record.title}" for record, name in own}
    people = {record.id: record.person_code for record, _ in own}
    process = next(
        bundle.key
        for bundle in procedures.newest(session)
        if bundle.descriptor.business == BUSINESS and bundle.descriptor.opener
    )
    outcomes = each(chosen, key, "open", beginning(process, people))
    return _answer(outcomes, _apply_page(outcomes, about))


@blueprint.post("/withdraw")
@role_needed(CERTIFIER)
def withdraw() -> Page:
    """Take chosen applications back; what has been reviewed meanwhile is refused."""
    key, session = _posted_key(), reading()
    offices = lists.offices_with(actor(), CERTIFIER)
    chosen = request.form.getlist("issuance")
    lines = [line for each_id in chosen if (line := lists.line_of(session, each_id))]
    own = {line.issuance.id: line for line in lines if line.issuance.office in offices}
    about = {issuance_id: _about(line) for issuance_id, line in own.items()}

    def refusal(issuance_id: str) -> AppError:
        state = read_afresh().get_one(Issuance, issuance_id).state
        return DomainError(
            "issuance.wrong_state", state=label("issuance_state", state),
            act=words("acts")["withdraw"],
        )  # fmt: skip

    def office_of(issuance_id: str) -> str | None:
        return own[issuance_id].issuance.office if issuance_id in own else None

    outcomes = each(chosen, key, "withdraw", withdrawing(office_of, refusal))
    return _answer(outcomes, _apply_page(outcomes, about))


@blueprint.get("/review")
@role_needed(REVIEWER)
def review() -> str:
    """Applications that wait for the actor's office as the reviewing one."""
    return _review_page([])


def _review_page(outcomes: list[Outcome], about: Mapping[str, str] | None = None) -> str:
    waiting = lists.waiting(read_afresh(), actor(), lists.REVIEW, REVIEWER)
    return _page("review", outcomes, about, lines=waiting)


@blueprint.post("/review")
@role_needed(REVIEWER)
def send_reviews() -> Page:
    """Review every chosen record with its own date, body, result and remark."""

    def values(task_id: str) -> dict[str, Any]:
        return _typed(task_id, "granted_on", "granted_by", "review_result", "remark")

    return _complete_chosen("review", values, _review_page)


@blueprint.get("/release")
@role_needed(REGION)
def release() -> str:
    """Passed records that wait for the region office."""
    return _release_page([])


def _release_page(outcomes: list[Outcome], about: Mapping[str, str] | None = None) -> str:
    waiting = lists.waiting(read_afresh(), actor(), lists.RELEASE, REGION)
    return _page("release", outcomes, about, lines=waiting)


@blueprint.post("/release")
@role_needed(REGION)
def send_releases() -> Page:
    """Release every chosen record, or give all of them back with one remark."""

    def values(task_id: str) -> dict[str, Any]:
        return {
            "release_decision": request.form.get("release_decision", ""),
            "remark": request.form.get("remark", ""),
        }

    return _complete_chosen("release", values, _release_page)


@blueprint.get("/failed")
@role_needed(CERTIFIER)
def failed() -> str:
    """Records that the licence library did not generate."""
    return _failed_page([])


def _failed_page(outcomes: list[Outcome], about: Mapping[str, str] | None = None) -> str:
    return _page("failed", outcomes, about, lines=lists.failed(read_afresh(), actor()))


@blueprint.post("/failed")
@role_needed(CERTIFIER)
def send_failed() -> Page:
    """Push chosen records again, or take them back."""

    def values(task_id: str) -> dict[str, Any]:
        return {"failure_decision": request.form.get("failure_decision", "")}

    return _complete_chosen("failed", values, _failed_page)


def _complete_chosen(verb: str, values: Any, page: Any) -> Page:
    chosen = request.form.getlist("task")
    about = _names_of_tasks(chosen)
    outcomes = each(chosen, _posted_key(), verb, completing(values))
    return _answer(outcomes, page(outcomes, about))


def _names_of_tasks(task_ids: list[str]) -> dict[str, str]:
    """Say whose records tasks stand for; only of records that the actor may read."""
    session, me = reading(), actor()
    readable = lists.readable(session, me, lists.of_tasks(session, task_ids).values())
    return {line.task.id: _about(line) for line in readable if line.task}


def _about(line: Line) -> str:
    return f"{line.person}　{line.record.title}"


def _typed(task_id: str, *names: str) -> dict[str, str]:
    """Return what was typed for one record; fields are named `<task>.<name>`."""
    given = {name: request.form.get(f"{task_id}.{name}", "").strip() for name in names}
    return {name: value for name, value in given.items() if value}


def _posted_key() -> str:
    return request.form.get("_key", "")[:KEY_LENGTH] or new_id()


def _answer(outcomes: list[Outcome], page: str) -> Page:
    """Answer 409 when nothing at all could be done, as a single act would be."""
    refused = not any(outcome.done for outcome in outcomes)
    return (page, 409 if outcomes else 422) if refused else page


def _page(name: str, outcomes: list[Outcome], about: Mapping[str, str] | None, **more: Any) -> str:
    return render_template(
        f"pages/issuing/{name}.html", tab=name, key=new_id(), outcomes=outcomes,
        about=about or {}, roles=actor().roles, typed=request.form,
        sent=request.method == "POST", today=local_date(legal_now()), **more,
    )  # fmt: skip
