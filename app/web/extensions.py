"""Flask extensions; Flask-SQLAlchemy owns engine and pool of every process of the house."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from flask import Flask, current_app, has_app_context
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.bootstrap import House
from app.db.base import Base
from app.db.unit_of_work import UnitOfWork, unit_of_work


class ReadingSession(FlaskSession):
    """A session that pages read through; it refuses to write."""

    def flush(self, objects: Any = None) -> None:
        if self.new or self.dirty or self.deleted:
            raise RuntimeError("pages only read; commands write in a unit of work")


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"class_": ReadingSession, "expire_on_commit": False, "autoflush": False},
)
csrf = CSRFProtect()
HOUSE = "house"


def keep_house(app: Flask, house: House) -> None:
    """Make the house reachable from requests and commands."""
    app.extensions[HOUSE] = house


def house() -> House:
    """Return the house of the current app."""
    found: House = current_app.extensions[HOUSE]
    return found


def writing(database: Engine) -> UnitOfWork:
    """Return how a web process opens units of work: a request lays its reading down first.

    So no thread ever holds two connections, and a pool that is used up makes requests wait for
    each other instead of each waiting for a connection that another one keeps.
    """

    def unit() -> AbstractContextManager[Session]:
        reads = db.session().get_transaction() if has_app_context() else None
        if reads is not None:
            reads.close()  # gives the connection back; what was read stays as it was
        return unit_of_work(database)

    return unit


def reading() -> Session:
    """Return this request's session for reading; pages never write or commit through it."""
    return db.session()


def read_afresh() -> Session:
    """End the request's reading transaction, so that what was just written is seen."""
    db.session.rollback()
    return db.session()


def legal_now() -> datetime:
    """Return legal time."""
    return house().clock.now()
