"""Flask extensions; Flask-SQLAlchemy owns engine and pool of every process of the house."""

from __future__ import annotations

from datetime import datetime

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.orm import Session

from app.bootstrap import House
from app.db.base import Base

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
csrf = CSRFProtect()
HOUSE = "house"


def keep_house(app: Flask, house: House) -> None:
    """Make the house reachable from requests and commands."""
    app.extensions[HOUSE] = house


def house() -> House:
    """Return the house of the current app."""
    found: House = current_app.extensions[HOUSE]
    return found


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
