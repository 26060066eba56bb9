"""What was typed into a form that could not be taken: kept, given back, shown for copying.

A session that ran out or a stale page must not cost anybody an hour's work. Only forms of cases
and tasks are kept, only for the account whose session it was, and nothing is submitted by it.
"""

from __future__ import annotations

from datetime import datetime

from flask import request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict

from app.db.system_time import system_now
from app.domain.accounts import ended_account
from app.domain.accounts import kept as kept_forms
from app.domain.cases.tables import CaseRow
from app.engine.tables import UserTask
from app.web import identity
from app.web.extensions import house, read_afresh, reading

# The forms that people spend time on.
STEP = "cases.act"
LONG_FORMS = frozenset({"task.submit", "applying.submit", STEP})
OWN_NAMES = frozenset({"csrf_token", "_key", "_draft", "_add", "_remove", "_refresh"})
MOST_CHARACTERS = 400_000


def is_long_form() -> bool:
    """Tell whether this request sends one of the long forms."""
    return request.method == "POST" and request.endpoint in LONG_FORMS


def page_of_form() -> str:
    """Return the page on which the form of this request is filled in, or where one wanted to go."""
    if not is_long_form():
        return request.full_path.rstrip("?") if request.method == "GET" else ""
    if request.endpoint == STEP:
        return url_for("cases.status", case_id=(request.view_args or {})["case_id"])
    return request.path


def pairs() -> list[tuple[str, str]]:
    """Return what was typed, name by name; nothing of the page's own fields, nothing empty."""
    if not is_long_form():
        return []
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in OWN_NAMES and value.strip()
    ]
    length = sum(len(name) + len(value) for name, value in typed)
    return typed if length <= MOST_CHARACTERS else []


def prose() -> list[str]:
    """Return what people wrote in their own words, without the codes of choices and files."""
    return [value for _, value in pairs() if not value.isascii() or " " in value.strip()]


def keep_typed() -> bool:
    """Keep what this refused request sent, for the account whose browser sent it."""
    account_id = _sender()
    typed = pairs()
    if account_id is None or not typed or not _from_here():
        return False
    with house().unit_of_work() as session:
        kept_forms.keep(session, account_id, request.path, typed, now=system_now())
    return True


def _sender() -> str | None:
    actor = identity.current_actor()
    if actor is not None:
        return actor.account_id
    token = request.cookies.get(identity.COOKIE)
    return ended_account(reading(), token, now=system_now()) if token else None


def _from_here() -> bool:
    """Only this site's own pages may leave something behind in a form."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return site == "same-origin" and origin in (None, request.host_url.rstrip("/"))


def given_back(path: str) -> tuple[MultiDict[str, str], datetime] | None:
    """Return what was kept for the acting person and the form that is sent to a path."""
    actor = identity.current_actor()
    if actor is None:
        return None
    found = kept_forms.kept_for(reading(), actor.account_id, path, now=system_now())
    return None if found is None else (MultiDict(found.pairs), found.kept_at)


def forget_sent() -> None:
    """Drop what was kept for this form: its browser has sent it again."""
    if given_back(request.path) is not None:
        with house().unit_of_work() as session:
            kept_forms.forget(session, identity.actor().account_id, request.path)


def saved_at() -> datetime | None:
    """Return when the draft of the form in this request was saved; None when that is unknown."""
    arguments = request.view_args or {}
    try:
        actor = identity.current_actor()
        if actor is None:
            return None
        task = read_afresh().get(UserTask, arguments.get("task_id", ""))
        if task is not None:
            return task.draft_at if task.draft and task.assignee == actor.account_id else None
        case = reading().get(CaseRow, arguments.get("case_id", ""))
        own = case is not None and case.person_code == actor.person_code
        return case.updated_at if case is not None and own and case.draft_values else None
    except SQLAlchemyError:
        return None
