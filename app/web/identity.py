"""Who is signed in: a cookie with a random token, a session row behind it.

The session is resumed once a request; signing in makes a new row and a new token, signing out
revokes it. Legal day decides which roles hold, system time how long a session lives.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Response, abort, current_app, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.clock import local_date
from app.db.installation import DEMO, installation
from app.db.system_time import system_now
from app.domain.access.actor import Actor
from app.domain.accounts import (
    Account,
    OpenedSession,
    open_session,
    resume_session,
    revoke,
    touch,
    wants_touch,
)
from app.domain.accounts.tables import WebSession
from app.domain.audit import record as audit
from app.errors import Busy
from app.web.access_rules import Rule, rule_of
from app.web.extensions import house, reading

COOKIE = "titles_session"
BEFORE_THE_PASSWORD = frozenset({"passwords.form", "passwords.change", "signing_in.sign_out"})
KEPT = "titles.identity"


def _resumed() -> tuple[WebSession, Actor] | None:
    """Return session and actor of this request, looked up once."""
    if KEPT not in request.environ:
        token = request.cookies.get(COOKIE)
        found = None
        if token:
            found = resume_session(
                reading(), token, now=system_now(), on=local_date(house().clock.now())
            )
        request.environ[KEPT] = found
    kept: tuple[WebSession, Actor] | None = request.environ[KEPT]
    return kept


def current_actor() -> Actor | None:
    """Return who acts in this request, or None."""
    resumed = _resumed()
    return None if resumed is None else resumed[1]


def actor() -> Actor:
    """Return who acts; only for views whose rule demands somebody."""
    found = current_actor()
    if found is None:
        abort(401)
    return found


def is_persona() -> bool:
    """Tell whether this session was opened without a password, in the demo."""
    resumed = _resumed()
    return resumed is not None and resumed[0].persona


def is_demo() -> bool:
    """Tell whether this database is a demo's."""
    return installation(reading()).kind == DEMO


def enforce() -> Answer | None:
    """Before every request: apply the route's rule; a route without one is not served."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    rule = rule_of(current_app.view_functions[request.endpoint])
    if rule is None:
        abort(404)
    if rule.demo_only and not is_demo():
        abort(404)
    return None if rule.public else _demand(rule)


def _demand(rule: Rule) -> Answer | None:
    found = _resumed()
    if found is None:
        if request.path.startswith("/api/") or request.method != "GET":
            abort(401)
        return redirect(url_for("signing_in.sign_in_page", next=request.full_path.rstrip("?")))
    row, acting = found
    if row.account.must_change_password and request.endpoint not in BEFORE_THE_PASSWORD:
        return redirect(url_for("passwords.form"))
    if rule.roles and not rule.roles & acting.roles:
        _note_refusal(acting)
        abort(403)
    if wants_touch(row, now=system_now()):
        # A page is not refused because the note of its reading cannot be written just now.
        with suppress(Busy), house().unit_of_work() as session:
            touch(session, row.id, now=system_now())
    return None


def _note_refusal(acting: Actor) -> None:
    with house().unit_of_work() as session:
        audit(
            session,
            actor=acting.account_id,
            action="open_page",
            object_type="page",
            object_id=request.endpoint or "",
            at=house().clock.now(),
            outcome="refused",
            reason="web.role_missing",
            organisation=acting.organisation,
            ip=request.remote_addr,
        )


def sign_in_as(session: Session, account: Account, *, persona: bool) -> OpenedSession:
    """Open a new session for an account; any session this browser had ends."""
    end_current(session)
    opened = open_session(session, account, now=system_now(), persona=persona)
    audit(
        session,
        actor=account.id,
        action="sign_in",
        object_type="account",
        object_id=account.id,
        at=house().clock.now(),
        ip=request.remote_addr,
    )
    return opened


def end_current(session: Session) -> None:
    """Revoke the session of this request, if there is one."""
    token = request.cookies.get(COOKIE)
    found = resume_session(session, token, now=system_now()) if token else None
    if found is not None:
        revoke(found[0], now=system_now())


def set_cookie(response: Response, token: str) -> Response:
    """Give the browser its session token."""
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
    )
    return response


def clear_cookie(response: Response) -> Response:
    """Take the session token from the browser."""
    response.delete_cookie(COOKIE, path="/")
    return response
