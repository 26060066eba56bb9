"""Applying: what a procedure asks for, a draft that can be left and taken up again, submitting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.db.base import new_id
from app.domain.access.actor import PERSON_ROLE, Actor
from app.domain.attachments.keeping import Owner
from app.domain.cases.tables import CaseRow
from app.engine.bundles import Compiled
from app.engine.situation import Situation
from app.engine.starting import draft_situation, may_start, start_element
from app.errors import EngineError, Refused
from app.forms import Form, FormInvalid, from_post
from app.messages import message
from app.web import formpages, situations
from app.web.access_rules import public, role_needed
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.formpages import Desk, FormPage
from app.web.guides import guide
from app.web.identity import actor as current
from app.web.identity import current_actor
from app.web.procedures import startable, titles
from app.web.sight import own_case
from app.web.walkthrough import walkthrough

blueprint = Blueprint("applying", __name__)


def _bundle(process_key: str) -> Compiled:
    found = {bundle.key: bundle for bundle in startable(reading())}.get(process_key)
    return found if found is not None else abort(404)


@blueprint.get("/apply/<process_key>")
@public
def introduction(process_key: str) -> str:
    """Who, what, how long, by which law; and a button for whom it is."""
    bundle, acting = _bundle(process_key), current_actor()
    return render_template(
        "pages/applicant/introduction.html", bundle=bundle, guide=guide(bundle, legal_now()),
        lines=walkthrough(bundle), titles=titles(reading()),
        signed_in=acting is not None, allowed=acting is not None and may_start(bundle, acting),
        key=new_id(),
    )  # fmt: skip


@blueprint.post("/apply/<process_key>")
@role_needed(PERSON_ROLE)
def begin(process_key: str) -> Answer:
    """Make a draft; it has no number yet."""
    bundle = _bundle(process_key)
    key = request.form.get(formpages.KEY, "")[: formpages.KEY_LENGTH]
    case_id = house().engine.open_draft(bundle.key, actor=current(), key=key or None)
    return redirect(url_for("applying.edit", case_id=case_id))


def _desk(case_id: str) -> Desk:
    return Desk(url_for("applying.submit", case_id=case_id), Owner("case", case_id))


def _draft(case_id: str, actor: Actor) -> tuple[CaseRow, Situation, Form | None]:
    session = reading()
    case = own_case(session, case_id, actor)
    here = draft_situation(session, house().tools, case, actor=actor, now=legal_now())
    return case, here, here.bundle.form_of(start_element(here.bundle))


@blueprint.get("/cases/<case_id>/edit")
@role_needed(PERSON_ROLE)
def edit(case_id: str) -> str | Answer:
    """The draft's form; a submitted case leads to its status."""
    case, here, form = _draft(case_id, current())
    if case.process_instance_id is not None:
        return redirect(url_for("cases.status", case_id=case_id))
    locked = situations.locks(start_element(here.bundle), here)
    page = formpages.opened(form, here, draft=case.draft_values, locked=locked, desk=_desk(case_id))
    return _page(case, here, page)


@blueprint.post("/cases/<case_id>/edit")
@role_needed(PERSON_ROLE)
def submit(case_id: str) -> str | tuple[str, int] | Answer:
    """Submit the draft, keep it for later, or only change the form."""
    actor = current()
    case, here, form = _draft(case_id, actor)
    if case.process_instance_id is not None:
        if _taken(case_id, actor):
            return redirect(url_for("cases.status", case_id=case_id))
        return _late(case, here, form), 409
    desk = _desk(case_id)
    given = formpages.posted(form, desk.owner, actor)
    if given.changed is not None:
        return _page(case, here, formpages.again(form, here, given.changed, desk=desk))
    if given.wants_draft:
        return _keep(case, here, form, given.raw, actor)
    try:
        answer = house().engine.start(case_id, given.raw, actor=actor, key=given.key or None)
    except FormInvalid as error:
        _save(case_id, form, given.raw, actor)
        page = formpages.again(form, here, given.raw, errors=error.errors, desk=desk)
        return _page(case, here, page), 422
    except Refused as error:
        _save(case_id, form, given.raw, actor)
        page = formpages.again(form, here, given.raw, refused=error.messages, desk=desk)
        return _page(case, here, page), 409
    except EngineError:
        # Somebody, or the same person in another window, submitted it in the same moment.
        return _late(own_case(read_afresh(), case_id, actor), here, form), 409
    flash(message("web.submitted", case_no=answer["business_key"]), "done")
    return redirect(url_for("cases.status", case_id=case_id))


def _taken(case_id: str, actor: Actor) -> bool:
    """Tell whether just this press was carried out already: a button that was pressed twice."""
    key = request.form.get("_key")
    if not key:
        return False
    try:
        house().engine.start(case_id, {}, actor=actor, key=key)
    except EngineError:
        return False
    return True


def _late(case: CaseRow, here: Situation, form: Form | None) -> str:
    """Say that the draft was submitted meanwhile, and show what was typed into it since."""
    raw = from_post(form, request.form) if form is not None else {}
    return render_template(
        "pages/applicant/late.html", case=case, title=here.bundle.descriptor.title,
        form=formpages.again(form, here, raw),
    )  # fmt: skip


def _save(case_id: str, form: Form | None, raw: Mapping[str, Any], actor: Actor) -> None:
    house().engine.save_draft(case_id, formpages.draft_of(form, raw), actor=actor)


def _keep(
    case: CaseRow, here: Situation, form: Form | None, raw: Mapping[str, Any], actor: Actor
) -> tuple[str, int] | Answer:
    _save(case.id, form, raw, actor)
    problems = formpages.refused_uploads(form, raw)
    if problems:
        page = formpages.again(form, here, raw, errors=problems, desk=_desk(case.id))
        return _page(case, here, page), 422
    flash(message("web.draft_saved", at=legal_now()))
    return redirect(url_for("applying.edit", case_id=case.id))


def _page(case: CaseRow, here: Situation, form: FormPage) -> str:
    return render_template(
        "pages/applicant/draft.html", case=case, form=form, title=here.bundle.descriptor.title,
        element=start_element(here.bundle), saved_at=case.updated_at if case.draft_values else None,
    )  # fmt: skip
