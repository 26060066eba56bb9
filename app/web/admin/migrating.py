"""The administrators' pages about migrations: plan, ask, follow, continue, take back.

What was asked for is approved on the page of every request by two (`requests`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from app.engine.bundles import latest
from app.engine.migrating.launching import VERB, wanted_by
from app.engine.migrating.tables import InstanceMigration, Migration
from app.engine.migrating.wanted import read_lines
from app.engine.operating.repairs import PROCESS, Subject
from app.engine.tables import Bundle
from app.errors import AppError, EngineError
from app.messages import message, sentence
from app.web.access_rules import role_needed
from app.web.admin import migrations
from app.web.extensions import house, legal_now, read_afresh, reading
from app.web.identity import actor as current
from app.web.surroundings import ADMINISTRATOR

blueprint = Blueprint("migrating", __name__, url_prefix="/operating/migrations")
LONGEST, LONGEST_MAP, MOST_DIGITS = 200, 20_000, 6


@blueprint.get("")
@role_needed(ADMINISTRATOR)
def overview() -> str:
    """The procedures with running cases, and on which version these stand."""
    return render_template(
        "pages/admin/migrations.html", procedures=migrations.procedures(reading())
    )


@blueprint.get("/<key>")
@role_needed(ADMINISTRATOR)
def plan(key: str) -> str | tuple[str, int]:
    """What a newer version means for each running case; nothing is changed."""
    return _plan(key, request.args)


def _plan(key: str, given: Mapping[str, str], *, said: str = "") -> str | tuple[str, int]:
    session = reading()
    newest = latest(session, key)
    if newest is None:
        abort(404)
    found, wanted = None, None
    try:
        wanted = wanted_by(session, house().tools, key, _arguments(given))
        found = migrations.planned(session, wanted, legal_now())
    except EngineError as error:
        said = said or sentence(error)
    page = render_template(
        "pages/admin/migration_plan.html", key=key, title=newest.title, said=said,
        to=wanted.to.version if wanted is not None else newest.version, planned=found, given=given,
        versions=migrations.versions(session, key), asked=migrations.asked(session, key),
        latest=migrations.latest(session, key), me=current().account_id,
    )  # fmt: skip
    return (page, 409) if said else page


def _arguments(given: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form asks for; raises EngineError for a line that cannot be read."""
    return {
        "to": _number(given, "to"),
        "renamed": read_lines(given.get("renamed", "")[:LONGEST_MAP]),
        "sent_to": read_lines(given.get("sent_to", "")[:LONGEST_MAP]),
        "accept_skipped": "accept_skipped" in given,
        "pilot": _number(given, "pilot"),
    }


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


@blueprint.post("/<key>")
@role_needed(ADMINISTRATOR)
def ask(key: str) -> str | tuple[str, int] | Answer:
    """Ask for a migration; a second administrator approves it."""
    reason = request.form.get("reason", "")[:LONGEST]
    try:
        answer = house().engine.request_repair(
            VERB, Subject(PROCESS, key), _arguments(request.form), reason=reason, actor=current()
        )
    except EngineError as error:
        read_afresh()
        return _plan(key, request.form, said=sentence(error))
    flash(message("migration.requested"), "done")
    return redirect(url_for("repair_requests.show", request_id=answer["request_id"]))


@blueprint.get("/runs/<migration_id>")
@role_needed(ADMINISTRATOR)
def run(migration_id: str) -> str:
    """How far a migration has come, and what became of each case."""
    session = reading()
    migration = _migration(migration_id)
    target = session.get_one(Bundle, migration.to_bundle_id)
    return render_template(
        "pages/admin/migration_run.html", migration=migration, title=target.title,
        version=target.version, outcomes=migrations.outcomes(session, migration_id),
        results=migrations.results(session, migration_id), rest=migrations.rest(session, migration),
    )  # fmt: skip


@blueprint.post("/runs/<migration_id>/rest")
@role_needed(ADMINISTRATOR)
def go_on(migration_id: str) -> Answer:
    """Let the rest follow the pilot."""
    _migration(migration_id)
    count = house().engine.continue_migration(migration_id, actor=current())
    flash(message("migration.launched", count=count), "done")
    return redirect(url_for("migrating.run", migration_id=migration_id))


@blueprint.post("/instances/<row_id>/revert")
@role_needed(ADMINISTRATOR)
def revert(row_id: str) -> Answer:
    """Take back the migration of one case that has not moved since."""
    row = reading().get(InstanceMigration, row_id)
    if row is None:
        abort(403)
    migration_id, reason = row.migration_id, request.form.get("reason", "")[:LONGEST]
    try:
        house().engine.revert_migration(row_id, reason=reason, actor=current())
        flash(message("migration.taken_back"), "done")
    except AppError as error:
        flash(sentence(error), "conflict")
    return redirect(url_for("migrating.run", migration_id=migration_id))


def _migration(migration_id: str) -> Migration:
    found = reading().get(Migration, migration_id)
    return found if found is not None else abort(403)
