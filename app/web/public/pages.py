"""What anybody may read: home, publicity, verification of certificates, the published root.

Nothing here needs a cookie or a script, and nothing here shows an identity number.
"""

from __future__ import annotations

import re

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlalchemy import select
from werkzeug.wrappers import Response as Answer

from app.adapters.authority import root_path
from app.domain.access import looks_personal
from app.domain.calendar import Deadline
from app.domain.certificates.verification import Verdict, verify_by_token
from app.domain.organisations import find_organisation
from app.domain.publicity.listing import LISTED_AFTER_END, Listed, Search, listed
from app.domain.publicity.publishing import SHOWN
from app.domain.publicity.tables import Place, Publicity, PublicityKind
from app.web.access_rules import public
from app.web.chips import Chip, chip
from app.web.extensions import csrf, house, legal_now, reading
from app.web.procedures import startable
from app.web.surroundings import SIZES, THEMES, VIEW_COOKIE

blueprint = Blueprint("public", __name__)

TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
SHORT_LIST = 5
LONGEST_SEARCH = 40
YEAR = 365 * 24 * 3600


@blueprint.get("/")
@public
def home() -> str:
    """Verification first, publicity second, guides third."""
    lines = listed(reading(), Search(), now=legal_now(), size=SHORT_LIST).lines
    return render_template(
        "pages/public/home.html", notices=lines, procedures=startable(reading()),
        chips=_chips(lines),
    )  # fmt: skip


def _chips(lines: list[Listed]) -> dict[str, Chip | None]:
    """Return the chips of publicities by their id."""
    session, now = reading(), legal_now()
    ids = [line.deadline_id for line in lines if line.deadline_id]
    found = {row.id: row for row in session.scalars(select(Deadline).where(Deadline.id.in_(ids)))}
    return {line.id: chip(session, found.get(line.deadline_id or ""), now) for line in lines}


@blueprint.get("/publicity")
@public
def publicity_list() -> str:
    """Everything that is publicised on the platform today, or ended lately."""
    return _publicity_list()


@blueprint.post("/publicity")
@public
def search_publicity() -> str:
    """The same, narrowed; a name that is looked for is posted and never stands in an address."""
    return _publicity_list()


# It only reads, and it is there for browsers without cookies.
csrf.exempt(search_publicity)


def _publicity_list() -> str:
    given = request.values
    search = Search(
        request.form.get("text", "").strip()[:LONGEST_SEARCH],
        request.form.get("unit", "").strip()[:LONGEST_SEARCH],
        given.get("kind", "")[:10], given.get("state") == "ended",
    )  # fmt: skip
    after = given.get("after", "")[:32]
    page = listed(reading(), search, now=legal_now(), after=after)
    return render_template(
        "pages/public/publicity_list.html", page=page, notices=page.lines, search=search,
        after=after, chips={} if search.ended else _chips(page.lines), kinds=list(PublicityKind),
        days_after=LISTED_AFTER_END.days,
    )  # fmt: skip


@blueprint.get("/publicity/<publicity_id>")
@public
def publicity_detail(publicity_id: str) -> str | tuple[str, int]:
    """One publicity; an ended or foreign one is not found."""
    session, now = reading(), legal_now()
    row = session.get(Publicity, publicity_id)
    shown = row is not None and row.state in SHOWN and row.place == Place.PLATFORM
    if row is None or not shown or not row.published_at <= now < row.end_exclusive:
        return render_template("pages/public/publicity_gone.html"), 404
    deadline = session.get(Deadline, row.deadline_id or "")
    receiver = find_organisation(session, row.receiver_code)
    return render_template(
        "pages/public/publicity.html",
        notice=row,
        chip=chip(session, deadline, now),
        receiver=receiver,
    )


@blueprint.get("/verify")
@public
def verify() -> str | Answer:
    """How to verify, and a field for a code or the address that a QR code holds."""
    typed = request.args.get("code", "").strip()
    if not typed:
        return render_template("pages/public/verify.html", personal=False)
    if looks_personal(typed):
        return render_template("pages/public/verify.html", personal=True)
    found = TOKEN.findall(typed.rstrip("/").rpartition("/")[2])
    return redirect(url_for("public.verdict", token=found[0] if found else "-"))


@blueprint.get("/v/<token>")
@public
def verdict(token: str) -> str | tuple[str, int]:
    """The verdict on a certificate, worked out at this moment."""
    found = verify_by_token(reading(), token) if TOKEN.fullmatch(token) else None
    said = found.verdict if found else Verdict.NOT_FOUND
    page = render_template(
        "pages/public/verdict.html", found=found, verdict=said, checked_at=legal_now()
    )
    return page if found else (page, 404)


@blueprint.get("/root.pem")
@public
def root_certificate() -> Response:
    """The root certificate with which the signature of a certificate's file is checked."""
    path = root_path(house().config.instance / "authority")
    if not path.is_file():
        abort(404)
    response = make_response(path.read_bytes())
    response.content_type = "application/x-pem-file"
    response.headers["Content-Disposition"] = "attachment; filename=root.pem"
    return response


@blueprint.get("/view")
@public
def choose_view() -> Answer:
    """Keep the chosen theme and text size in a cookie of its own."""
    theme, size = request.args.get("theme", ""), request.args.get("size", "")
    response = redirect(local_path(request.args.get("next", "")) or url_for("public.home"))
    if theme in THEMES and size in SIZES:
        response.set_cookie(
            VIEW_COOKIE, f"{theme}.{size}", max_age=YEAR, samesite="Lax", secure=request.is_secure
        )
    return response


def local_path(text: str) -> str | None:
    """Return a path of this site, or None for anything that could lead elsewhere."""
    safe = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if safe and text.isprintable() else None
