"""Registers every page: blueprints, the filters of the templates, what the base layout shows."""

from __future__ import annotations

from flask import Flask

from app.web import wording
from app.web.admin.migrating import blueprint as migrating
from app.web.admin.operating import blueprint as operating
from app.web.admin.pages import blueprint as admin
from app.web.admin.repairing import blueprint as repairing
from app.web.admin.requests import blueprint as repair_requests
from app.web.admin.schedules import blueprint as schedules
from app.web.api.routes import blueprint as api
from app.web.applicant.applying import blueprint as applying
from app.web.applicant.cases import blueprint as cases
from app.web.applicant.events import blueprint as events
from app.web.applicant.files import blueprint as files
from app.web.applicant.own import blueprint as applicant
from app.web.designer.pages import blueprint as designer
from app.web.issuing.pages import blueprint as issuing
from app.web.issuing.records import blueprint as issuance_records
from app.web.notices import blueprint as notices
from app.web.public.objecting import blueprint as objecting
from app.web.public.pages import blueprint as public
from app.web.public.passwords import blueprint as passwords
from app.web.public.procedures import blueprint as procedures
from app.web.public.signing_in import blueprint as signing_in
from app.web.public.verifying import blueprint as verifying
from app.web.staff.handing import blueprint as handing
from app.web.staff.inbox import blueprint as staff
from app.web.staff.signing import blueprint as signing
from app.web.staff.task import blueprint as task
from app.web.surroundings import surroundings
from app.web.uploading import blueprint as uploading


def register(app: Flask) -> None:
    """Register the pages."""
    wording.register(app)
    app.context_processor(surroundings)
    for blueprint in (
        public,
        objecting,
        verifying,
        procedures,
        signing_in,
        passwords,
        applicant,
        notices,
        applying,
        cases,
        events,
        files,
        staff,
        task,
        handing,
        signing,
        issuing,
        issuance_records,
        uploading,
        admin,
        operating,
        designer,
        schedules,
        migrating,
        repairing,
        repair_requests,
        api,
    ):
        app.register_blueprint(blueprint)
