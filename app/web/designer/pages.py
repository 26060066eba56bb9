"""The designers' pages: the list of procedures, one procedure, trials of it, its publication.

A trial is answered by the page itself: it changes nothing that could be looked at again. Only a
publication writes, and it goes through the gate of `app.scheduler.publishing`.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as Answer

from app.bootstrap.plans import Plan, make_plan
from app.domain.access.rules import DESIGNERS
from app.engine.bundles import Compiled, compile_package, numbered
from app.engine.package import process_keys
from app.engine.pictures import picture
from app.errors import DefinitionError, EngineError
from app.messages import message, sentence
from app.scheduler.publishing import Verdict, publish
from app.scheduler.trials import Trial, Trials
from app.web.access_rules import role_needed
from app.web.designer.listing import procedures, versions_by_key
from app.web.designer.telling import stories
from app.web.diagrams import own_drawing
from app.web.extensions import house, read_afresh, reading
from app.web.identity import actor as current

blueprint = Blueprint("designer", __name__, url_prefix="/designer")

TRIALS = "trials"
SHORTEST, LONGEST = 5, 200


@dataclass(frozen=True)
class Said:
    """What the page has to say about what was just asked for."""

    trial: Trial | None = None
    conflict: str = ""
    refused: tuple[str, ...] = ()
    note: str = ""
    lines: tuple[str, ...] = field(default=())


@blueprint.get("/")
@role_needed(*DESIGNERS)
def listing() -> str:
    """Every procedure: version, state of its files, running instances."""
    return render_template("pages/designer/list.html", procedures=procedures(reading()))


@blueprint.get("/<key>")
@role_needed(*DESIGNERS)
def procedure(key: str) -> str:
    """One procedure: drawing, findings, what publishing would do, scenarios, versions."""
    return _page(key, Said())


@blueprint.post("/<key>/try")
@role_needed(*DESIGNERS)
def try_out(key: str) -> tuple[str, int] | str:
    """Play one scenario, or all of them; nothing is written."""
    _must_exist(key)
    name = request.form.get("scenario", "")[:LONGEST]
    try:
        trial = _trials().one(key, name) if name else _trials().every(key)
    except EngineError as error:
        return _page(key, Said(conflict=sentence(error))), 409
    return _page(key, Said(trial))


@blueprint.post("/<key>/publish")
@role_needed(*DESIGNERS)
def publish_version(key: str) -> tuple[str, int] | Answer:
    """Publish the files with everything that uses them, if the gate lets them."""
    _must_exist(key)
    note = request.form.get("note", "").strip()[:LONGEST]
    if len(note) < SHORTEST:
        short = message("designer.note_too_short", least=SHORTEST)
        return _page(key, Said(conflict=short, note=note)), 409
    try:
        with _trials().turn():
            verdict = publish(house(), [key], published_by=current().account_id, note=note)
    except EngineError as error:
        return _page(key, Said(conflict=sentence(error), note=note)), 409
    if verdict.refused:
        read_afresh()
        return _page(key, Said(refused=verdict.refused, note=note)), 409
    flash(_published(verdict), "done")
    return redirect(url_for("designer.procedure", key=key))


def _published(verdict: Verdict) -> str:
    names = [f"{one.package.descriptor.title}（{one.new}）" for one in verdict.plan.new]
    return message("designer.published", names=names) if names else message("publish.nothing")


@blueprint.get("/<key>/drawing.svg")
@role_needed(*DESIGNERS)
def drawing(key: str) -> Response:
    """The drawing as the files are now, or as a version was published."""
    bundle = _version(key) if "version" in request.args else _compiled(key, _plan(key))
    if bundle is None:
        abort(404)
    return _svg(picture(own_drawing(bundle), bundle.descriptor.title))


def _svg(drawn: str) -> Response:
    return Response(drawn, content_type="image/svg+xml; charset=utf-8")


def _version(key: str) -> Compiled:
    number = request.args.get("version", type=int)
    row = numbered(reading(), key, number) if number is not None else None
    return house().tools.bundles.get(reading(), row.id) if row is not None else abort(404)


def _page(key: str, told: Said) -> str:
    session = reading()
    versions = versions_by_key(session, key).get(key, [])
    is_there = key in process_keys(house().config.workflows)
    if not is_there and not versions:
        abort(404)
    plan = _plan(key) if is_there else None
    bundle = _compiled(key, plan) if plan else None
    names = {e.id: e.name for e in bundle.definition.elements.values()} if bundle else {}
    return render_template(
        "pages/designer/procedure.html", key=key, about=_about(key, plan, versions), told=told,
        findings=plan.findings if plan else (), changes=plan.changes if plan else (),
        new=plan.new if plan else (), is_there=is_there, has_drawing=bundle is not None,
        versions=versions, stories=stories(key, names, told.trial), trial=told.trial, names=names,
        coverage_picture=_coverage_picture(bundle, told.trial),
    )  # fmt: skip


def _plan(key: str) -> Plan:
    return make_plan(house(), [key])


def _about(key: str, plan: Plan | None, versions: list[Any]) -> dict[str, str]:
    """Return title, owner and summary: those of the files, else the title last published."""
    own = next((one.package for one in plan.changes if one.key == key), None) if plan else None
    if own is None:
        return {"title": versions[0].title if versions else key, "owner": "", "summary": ""}
    about = own.descriptor
    return {"title": about.title, "owner": about.owner, "summary": about.summary}


def _compiled(key: str, plan: Plan) -> Compiled | None:
    """Return the files compiled; None when they cannot be, which the findings tell."""
    own = next((one.package for one in plan.changes if one.key == key), None)
    try:
        return compile_package(own, house().tools.forms.load) if own is not None else None
    except DefinitionError:
        return None


def _coverage_picture(bundle: Compiled | None, trial: Trial | None) -> str:
    """Return the drawing with what the trial did not reach, as an address that holds it itself."""
    if bundle is None or trial is None or trial.coverage is None:
        return ""
    missing = {*trial.coverage.missing_nodes, *trial.coverage.missing_flows}
    drawn = picture(own_drawing(bundle), bundle.descriptor.title, missing)
    return "data:image/svg+xml;base64," + b64encode(drawn.encode()).decode()


def _must_exist(key: str) -> None:
    if key not in process_keys(house().config.workflows):
        abort(404)


def _trials() -> Trials:
    """Return the trials of this process; the first to ask has them made."""
    made: Trials = current_app.extensions.setdefault(
        TRIALS, Trials(house().config, house().tools.registry)
    )
    return made
