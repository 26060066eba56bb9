"""Setting one's own password: at any time, and before anything else when somebody else chose it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as Answer

from app.db.system_time import system_now
from app.domain.accounts import Account, authenticate, set_password
from app.errors import DomainError
from app.messages import message, sentence
from app.web import identity
from app.web.access_rules import signed_in
from app.web.extensions import house

blueprint = Blueprint("passwords", __name__)
LONGEST = 200


@blueprint.get("/password")
@signed_in
def form() -> str:
    """The form for a new password."""
    return render_template("pages/public/password.html", refused="")


@blueprint.post("/password")
@signed_in
def change() -> tuple[str, int] | Answer:
    """Check the old password, set the new one and end every session of the account."""
    given = {name: request.form.get(name, "")[:LONGEST] for name in ("old", "new", "again")}
    if given["new"] != given["again"]:
        return _refused(message("web.passwords_differ"))
    try:
        with house().unit_of_work() as unit:
            account = unit.get_one(Account, identity.actor().account_id)
            now = system_now()
            authenticate(unit, account.user_name, given["old"], now=now)
            set_password(unit, account, given["new"], now=now)
    except DomainError as error:
        return _refused(sentence(error))
    session.clear()
    flash(message("web.password_set"), "done")
    return redirect(url_for("signing_in.sign_in_page"))


def _refused(text: str) -> tuple[str, int]:
    return render_template("pages/public/password.html", refused=text), 422
