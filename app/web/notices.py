"""A person's notices, for applicants and staff alike: filtered, read, and the way to the case."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.domain.access.actor import Actor
from app.domain.access.rules import is_person
from app.domain.cases.tables import CaseRow
from app.domain.notifications.reading import (
    Reader,
    case_numbers,
    mark_all_read,
    mark_read,
    notices_of,
)
from app.domain.notifications.sending import to_account, to_group, to_person
from app.engine.tables import OPEN, TaskCandidate, UserTask
from app.messages import message
from app.web.access_rules import signed_in
from app.web.extensions import house, legal_now, reading
from app.web.identity import actor as current
from app.web.sight import sees_case

blueprint = Blueprint("notices", __name__)

UNREAD = "unread"


def reader_of(actor: Actor) -> Reader:
    """Return the actor with every address under which he receives notices."""
    own = {to_account(actor.account_id), *(to_group(group) for group in actor.groups)}
    if actor.person_code:
        own.add(to_person(actor.person_code))
    return Reader(actor.account_id, frozenset(own))


@blueprint.get("/notices")
@signed_in
def listing() -> str:
    """Notices to the actor himself and to his groups, the newest first."""
    session, actor = reading(), current()
    reader, show = reader_of(actor), request.args.get("show", "")
    case_no, after = request.args.get("case", "")[:60], request.args.get("after", "")[:32]
    page = notices_of(session, reader, only_unread=show == UNREAD, case_no=case_no, after=after)
    return render_template(
        "pages/notices.html", page=page, show=show, case_no=case_no, after=after,
        cases=case_numbers(session, reader),
        ways={row.case_no: _way(session, actor, row.case_no)
              for row in (notice.row for notice in page.notices) if row.case_no},
    )  # fmt: skip


def _way(session: Session, actor: Actor, case_no: str) -> str:
    """Return the address of a case for this reader: his task on it, else the case; or nothing."""
    case = session.scalars(select(CaseRow).where(CaseRow.case_no == case_no)).one_or_none()
    if case is None or not sees_case(session, case, actor):
        return ""
    own = is_person(actor, case.person_code)
    task = None if own else _open_task(session, actor, case.id)
    if task is not None:
        return url_for("task.show", task_id=task)
    return url_for("cases.status", case_id=case.id)


def _open_task(session: Session, actor: Actor, case_id: str) -> str | None:
    query = (
        select(UserTask.id)
        .join(TaskCandidate, TaskCandidate.task_id == UserTask.id)
        .where(
            UserTask.case_id == case_id,
            UserTask.status == OPEN,
            TaskCandidate.group_code.in_(actor.groups),
        )
    )
    return session.scalars(query.order_by(UserTask.created_at).limit(1)).one_or_none()


@blueprint.post("/notices/<notice_id>/read")
@signed_in
def read(notice_id: str) -> Answer:
    """Note that a notice was read, and go on to its case when that is wanted."""
    actor = current()
    with house().unit_of_work() as session:
        row = mark_read(session, notice_id, reader_of(actor), now=legal_now())
        way = _way(session, actor, row.case_no) if "go" in request.form and row.case_no else ""
    return redirect(way or _back())


@blueprint.post("/notices/read")
@signed_in
def read_all() -> Answer:
    """Note that everything was read."""
    with house().unit_of_work() as session:
        count = mark_all_read(session, reader_of(current()), now=legal_now())
    flash(message("web.notices_read", count=count))
    return redirect(_back())


def _back() -> str:
    show, case_no = request.form.get("show", ""), request.form.get("case", "")[:60]
    return url_for("notices.listing", show=UNREAD if show == UNREAD else None, case=case_no or None)
