"""Building the Flask app around the house."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from app import bootstrap
from app.bootstrap import Adapters
from app.clock import Clock
from app.config import Config, read_config
from app.db.unit_of_work import prepare
from app.web import errors, headers, identity, pages
from app.web.extensions import csrf, db, keep_house, writing
from app.web.uploads import close_uploads

MAX_REQUEST_BYTES = 64 * 1024 * 1024


def create_app(
    config: Config | None = None, *, adapters: Adapters | None = None, clock: Clock | None = None
) -> Flask:
    """Return the app; tests hand in their configuration, adapters and clock."""
    settings = config or read_config()
    app = Flask(
        "app.web",
        root_path=str(Path(__file__).parent),
        static_folder="static",
        template_folder=str(settings.templates),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # Errors reach logs, data must not; a restarted server is met by a fresh connection.
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True, "pool_pre_ping": True},
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
    )
    db.init_app(app)
    csrf.init_app(app)
    with app.app_context():
        database = prepare(db.engine)
    unit = writing(database)
    keep_house(app, bootstrap.build(settings, database, adapters=adapters, clock=clock, unit=unit))
    app.before_request(identity.enforce)
    app.after_request(headers.secure)
    app.teardown_request(close_uploads)
    errors.register(app)
    pages.register(app)
    return app
