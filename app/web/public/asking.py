"""What every form for the public asks: a captcha, and not too much in one minute.

Counted and judged in system time, and whatever was asked; the words of a refusal never tell which
part of an answer was right.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from flask import Response, make_response, render_template, request

from app.adapters.captcha import Challenge, Kind
from app.db.system_time import system_now
from app.domain import verification
from app.domain.verification import MOST_PER_MINUTE
from app.messages import message
from app.web.extensions import house

LONGEST = 100
LONGEST_TOKEN = 200
SECONDS_TO_WAIT = 60


@dataclass(frozen=True)
class Shown:
    """A captcha as a page shows it; the picture needs no second request."""

    challenge: Challenge

    @property
    def picture(self) -> str:
        """Return the picture inside an address."""
        return "data:image/png;base64," + b64encode(self.challenge.picture).decode()


def challenge(kind: Kind) -> Shown:
    """Return a new captcha."""
    return Shown(house().adapters.captcha.issue(kind, now=system_now()))


def kind_of(word: str) -> Kind:
    """Return the kind of captcha that a button or a hidden field names."""
    return Kind.WORDS if word == Kind.WORDS else Kind.IMAGE


def captcha_problem() -> dict[str, str]:
    """Judge the posted captcha and use it up; any reason is told alike."""
    now = system_now()
    token = request.form.get("challenge", "")[:LONGEST_TOKEN]
    answer = request.form.get("answer", "")[:LONGEST]
    answered = house().adapters.captcha.check(token, answer, now=now)
    if answered is not None:
        with house().unit_of_work() as session:
            fresh = verification.spend_challenge(
                session, answered.nonce, answered.expires_at, now=now
            )
        if fresh and answered.right:
            return {}
    return {"answer": message("verification.captcha_wrong")}


def may_ask(purpose: str = "", most: int = MOST_PER_MINUTE) -> bool:
    """Count this request for its address and purpose; False when it is one too many."""
    with house().unit_of_work() as session:
        return verification.may_ask(
            session, request.remote_addr or "", now=system_now(), purpose=purpose, most=most
        )


def too_many(*, writing: bool = False) -> Response:
    """Answer that this address has to wait."""
    response = make_response(render_template("pages/public/too_many.html", writing=writing), 429)
    response.headers["Retry-After"] = str(SECONDS_TO_WAIT)
    return response
