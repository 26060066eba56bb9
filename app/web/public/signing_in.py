"""Signing in and out: with a password, or in a demo by choosing whom to be.

A sign-in always opens a new session with a new token. Five failures lock an account; the refusal
says the same for an unknown user and a wrong password.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import (
    Blueprint,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response as Answer

from app.db.system_time import system_now
from app.domain.access.actor import PERSON_ROLE
from app.domain.accounts import Account, AccountState
from app.domain.accounts import sign_in as check_sign_in
from app.domain.codes import has_code, label
from app.domain.organisations import Organisation, names_of
from app.domain.people import Person
from app.errors import DomainError
from app.messages import message, sentence
from app.web import identity
from app.web.access_rules import demo, public, signed_in
from app.web.extensions import house, reading
from app.web.public.pages import local_path

blueprint = Blueprint("signing_in", __name__)

MOST_ACCOUNTS = 400


@blueprint.get("/sign-in")
@public
def sign_in_page() -> str | Answer:
    """The form; who is signed in already goes on."""
    if identity.current_actor() is not None:
        return redirect(_next())
    return render_template("pages/public/sign_in.html", next=_wanted(), refused="", user_name="")


@blueprint.post("/sign-in")
@public
def sign_in() -> tuple[str, int] | Answer:
    """Check user name and password; the failed attempt is counted."""
    user_name = request.form.get("user_name", "")[:200]
    try:
        account_id = check_sign_in(
            house().unit_of_work, user_name, request.form.get("password", "")[:1000],
            now=system_now(),
        )  # fmt: skip
    except DomainError as error:
        page = render_template(
            "pages/public/sign_in.html",
            next=_wanted(),
            refused=sentence(error),
            user_name=user_name,
        )
        return page, 422
    return _enter(account_id, persona=False)


def _enter(account_id: str, *, persona: bool) -> Answer:
    with house().unit_of_work() as unit:
        opened = identity.sign_in_as(unit, unit.get_one(Account, account_id), persona=persona)
    # The form token of before belongs to nobody any more.
    session.clear()
    return identity.set_cookie(make_response(redirect(_next())), opened.token)


def _wanted() -> str:
    return local_path(request.values.get("next", "")) or ""


def _next() -> str:
    return _wanted() or url_for("signing_in.start_page")


@blueprint.get("/start")
@signed_in
def start_page() -> Answer:
    """Lead everybody to the page where his work is."""
    actor = identity.actor()
    if actor.offices:
        return redirect(url_for("staff.inbox"))
    if PERSON_ROLE in actor.roles:
        return redirect(url_for("applicant.my_page"))
    return redirect(url_for("notices.listing"))


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Answer:
    """Revoke the session and take its cookie away."""
    with house().unit_of_work() as unit:
        identity.end_current(unit)
    session.clear()
    flash(message("web.signed_out"))
    return identity.clear_cookie(make_response(redirect(url_for("public.home"))))


@dataclass(frozen=True)
class Persona:
    """Somebody whom a visitor of the demo may be."""

    account_id: str
    name: str
    user_name: str
    roles: str


@blueprint.get("/personas")
@demo
def personas() -> str:
    """Choose whom to be, grouped by organisation."""
    text = request.args.get("q", "").strip()[:40]
    return render_template(
        "pages/public/personas.html", groups=_personas(text), text=text, next=_wanted()
    )


@blueprint.post("/personas")
@demo
def become() -> Answer | tuple[str, int]:
    """Sign in as the chosen one, without a password."""
    account = reading().get(Account, request.form.get("account", ""))
    if account is None or account.state != AccountState.ACTIVE:
        page = render_template("pages/public/personas.html", groups=_personas(""), text="", next="")
        return page, 422
    return _enter(account.id, persona=True)


def _personas(text: str) -> list[tuple[str, list[Persona]]]:
    """Return people and officers by organisation; applicants stand in their own group first."""
    query = (
        select(Account, Organisation.name)
        .outerjoin(Person, Person.code == Account.person_code)
        .outerjoin(
            Organisation,
            or_(
                Organisation.code == Account.organisation_code,
                Organisation.code == Person.unit_code,
            ),
        )
        .where(Account.state == AccountState.ACTIVE)
        .options(selectinload(Account.assignments))
    )
    if text:
        like = f"%{text}%"
        query = query.where(
            or_(
                Account.display_name.like(like),
                Account.user_name.like(like),
                Organisation.name.like(like),
            )
        )
    order = (Account.person_code.is_(None), Organisation.code, Account.user_name_key)
    rows = reading().execute(query.order_by(*order).limit(MOST_ACCOUNTS)).all()
    codes = {account.organisation_code or "" for account, _ in rows}
    # Secretaries belong to committees, which are no organisations of the tree.
    names = names_of(reading(), codes)
    groups: dict[str, list[Persona]] = {}
    for account, unit in rows:
        own = account.person_code is not None and account.organisation_code is None
        place = names.get(account.organisation_code or "", message("web.platform"))
        name = message("web.applicants") if own else place
        groups.setdefault(name, []).append(_persona(account, unit if own else None))
    return list(groups.items())


def _persona(account: Account, unit: str | None) -> Persona:
    roles = [held.role for held in account.assignments]
    words = [label("roles", role) for role in roles if has_code("roles", role)]
    if unit is not None or PERSON_ROLE in roles:
        words = [unit or message("web.no_unit")]
    return Persona(account.id, account.display_name, account.user_name, "、".join(words))
