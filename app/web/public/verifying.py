"""Verification by number and name, and of a file: both posted, so that no address tells anything.

Nothing of what is asked is stored. Every question is counted for its address, whatever it was, and
an unknown number and a wrong name get the same page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import Blueprint, Response, render_template, request

from app.adapters.captcha import Kind
from app.domain.access import looks_personal
from app.domain.certificates.verification import Verdict, verify_by_number
from app.domain.verification import FileVerdict, Signed, check_file
from app.forms.components.filepicker import MEGABYTE
from app.forms.uploads import PDF, type_of
from app.messages import message
from app.web.access_rules import public
from app.web.extensions import house, legal_now, reading
from app.web.public import asking

blueprint = Blueprint("verifying", __name__)

Page = str | tuple[str, int]
MOST_BYTES = 20 * MEGABYTE
LONGEST = 100


@dataclass(frozen=True)
class Asked:
    """What somebody typed, as it is compared."""

    number: str = ""
    name: str = ""

    @classmethod
    def posted(cls) -> Asked:
        """Read the form; spaces inside the number and full-width digits do not matter."""
        number = unicodedata.normalize("NFKC", request.form.get("number", "")[:LONGEST])
        return cls("".join(number.split()), request.form.get("name", "")[:LONGEST].strip())

    def problems(self) -> Iterator[tuple[str, str]]:
        """Yield the field and the sentence for everything that cannot be asked."""
        if looks_personal(self.number):
            yield "number", message("verification.personal")
        elif not self.number:
            yield "number", message("verification.number_missing")
        if not self.name:
            yield "name", message("verification.name_missing")


@blueprint.get("/verify/number")
@public
def number_form() -> str:
    """The form for number, name and captcha."""
    return _number_page(Asked(), {})


@blueprint.post("/verify/number")
@public
def look_up() -> Page | Response:
    """Answer a number and a name, or ask anew what is missing."""
    asked = Asked.posted()
    if "other_captcha" in request.form:
        # Only the captcha is changed; what was typed stays.
        return _number_page(asked, {}, asking.kind_of(request.form["other_captcha"]))
    if not asking.may_ask():
        return asking.too_many()
    problems = dict(asked.problems()) or asking.captcha_problem()
    if problems:
        return _number_page(asked, problems, asking.kind_of(request.form.get("kind", ""))), 422
    found = verify_by_number(reading(), asked.number, asked.name)
    said = found.verdict if found else Verdict.NOT_FOUND
    page = render_template(
        "pages/public/verdict.html", found=found, verdict=said, checked_at=legal_now(),
        by_number=True,
    )  # fmt: skip
    return page if found else (page, 404)


def _number_page(asked: Asked, problems: dict[str, str], kind: Kind = Kind.IMAGE) -> str:
    return render_template(
        "pages/public/verify_number.html", asked=asked, problems=problems,
        captcha=asking.challenge(kind),
    )  # fmt: skip


@blueprint.get("/verify/file")
@public
def file_form() -> str:
    """The form for a file."""
    return _file_page()


@blueprint.post("/verify/file")
@public
def check() -> Page | Response:
    """Read the file in memory, compare it, and forget it."""
    if not asking.may_ask():
        return asking.too_many()
    uploaded = request.files.get("file")
    data = uploaded.stream.read(MOST_BYTES + 1) if uploaded else b""
    if not data:
        return _file_page("verification.file_missing"), 422
    if len(data) > MOST_BYTES:
        return _file_page("verification.file_too_big", most=MOST_BYTES // MEGABYTE), 413
    kind = type_of(data)
    if kind != PDF:
        code = "verification.file_type" if kind is None else "verification.file_picture"
        return _file_page(code), 422
    return _file_answer(data)


def _file_page(code: str = "", **fields: Any) -> str:
    refused = message(code, **fields) if code else ""
    return render_template(
        "pages/public/verify_file.html", refused=refused, most=MOST_BYTES // MEGABYTE
    )


def _file_answer(data: bytes) -> Page:
    report = house().adapters.signer.verify(data)
    digest = sha256(data).hexdigest()
    signed = Signed(report.genuine, report.trusted, report.signed_sha256)
    answer = check_file(reading(), digest, signed)
    page = render_template(
        "pages/public/file_verdict.html", answer=answer, report=report, digest=digest,
        checked_at=legal_now(),
    )  # fmt: skip
    return (page, 404) if answer.verdict is FileVerdict.NOT_FOUND else page
