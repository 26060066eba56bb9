"""What every page shows around its content: who is signed in, his menu, the demo's strip.

Everything a template needs there is looked up once; a page about a broken database still renders.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy.exc import SQLAlchemyError

from app.clock import local
from app.db.installation import DEMO, installation
from app.domain.access.actor import PERSON_ROLE, Actor
from app.domain.codes import has_code, label
from app.domain.notifications.reading import unread_count
from app.domain.organisations import names_of
from app.domain.people import find_person
from app.engine.operating.requests import open_requests
from app.web import identity
from app.web.extensions import house, legal_now, reading
from app.web.notices import reader_of

ADMINISTRATOR = "R-ADM"
ISSUING = frozenset({"R-CERT", "R-CREV", "R-REG"})
VIEW_COOKIE = "titles_view"
THEMES, SIZES = ("auto", "light", "dark"), ("normal", "large")


@dataclass(frozen=True)
class Entry:
    """One entry of the menu."""

    endpoint: str
    key: str
    address: str
    current: bool
    count: int = 0


@dataclass(frozen=True)
class Me:
    """Who is signed in, in words."""

    name: str
    organisation: str
    roles: tuple[str, ...]
    is_person: bool
    is_staff: bool
    persona: bool


@dataclass(frozen=True)
class Surroundings:
    """What the base layout prints."""

    me: Me | None = None
    menu: list[Entry] = field(default_factory=list)
    demo: bool = False
    now: datetime | None = None
    moved: bool = False
    designer_errors: list[str] = field(default_factory=list)
    theme: str = THEMES[0]
    size: str = SIZES[0]


def surroundings() -> dict[str, Any]:
    """Return the variables of the base layout."""
    theme, size = preferences()
    try:
        return {"around": _surroundings(theme, size)}
    except SQLAlchemyError:
        return {"around": Surroundings(theme=theme, size=size)}


def preferences() -> tuple[str, str]:
    """Return the chosen theme and text size; anything unknown is the default."""
    theme, _, size = request.cookies.get(VIEW_COOKIE, "").partition(".")
    return theme if theme in THEMES else THEMES[0], size if size in SIZES else SIZES[0]


def _surroundings(theme: str, size: str) -> Surroundings:
    session, now = reading(), legal_now()
    row = installation(session)
    actor = identity.current_actor()
    demo = row.kind == DEMO
    return Surroundings(
        me=None if actor is None else _me(actor),
        menu=_menu(actor, demo), demo=demo, now=local(now),
        moved=bool(row.clock_offset_seconds), designer_errors=house().designer_errors, theme=theme,
        size=size,
    )  # fmt: skip


def _me(actor: Actor) -> Me:
    session = reading()
    code = actor.organisation
    if code is None and actor.person_code is not None:
        found = find_person(session, actor.person_code)
        code = found.unit_code if found is not None else None
    roles = sorted(actor.roles - {PERSON_ROLE} if len(actor.roles) > 1 else actor.roles)
    return Me(
        actor.name, names_of(session, [code]).get(code, "") if code else "",
        tuple(label("roles", role) for role in roles if has_code("roles", role)),
        PERSON_ROLE in actor.roles, bool(actor.offices), identity.is_persona(),
    )  # fmt: skip


def _menu(actor: Actor | None, demo: bool) -> list[Entry]:
    wanted: list[tuple[str, str]] = []
    if actor is None:
        wanted += [("public.home", "home")]
    if actor is not None and PERSON_ROLE in actor.roles:
        wanted += [("applicant.my_page", "my"), ("applicant.procedures", "apply")]
    if actor is not None:
        wanted += [*_of_staff(actor), ("notices.listing", "notices")]
    wanted += [("public.publicity_list", "publicity"), ("public.verify", "verify")]
    if actor is None:
        wanted += [("applicant.procedures", "guides")]
    if demo:
        wanted += [("admin.demo_page", "demo")]
    counts = _counts(actor)
    return [
        Entry(endpoint, key, url_for(endpoint), _is_here(endpoint), counts.get(key, 0))
        for endpoint, key in wanted
    ]


def _counts(actor: Actor | None) -> dict[str, int]:
    """Count what waits behind entries of the menu: unread notices, requests to decide."""
    if actor is None:
        return {}
    found = {"notices": unread_count(reading(), reader_of(actor))}
    if ADMINISTRATOR in actor.roles:
        asked = open_requests(reading())
        found["requests"] = sum(row.requested_by != actor.account_id for row in asked)
    return found


def _of_staff(actor: Actor) -> list[tuple[str, str]]:
    wanted: list[tuple[str, str]] = []
    if actor.offices:
        wanted += [("staff.inbox", "inbox")]
    if not actor.roles.isdisjoint(ISSUING):
        wanted += [("issuing.start", "issuing")]
    if ADMINISTRATOR in actor.roles:
        wanted += [("operating.incidents", "incidents"), ("repair_requests.listing", "requests")]
    return wanted


def _is_here(endpoint: str) -> bool:
    """Tell whether this page is the entry's; the certificate pages all stand under one entry."""
    if endpoint == "issuing.start":
        return request.blueprint in ("issuing", "issuance_records")
    return request.endpoint == endpoint
