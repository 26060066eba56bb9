"""The real application over HTTP, with the test's clock and the real renderer and signer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.adapters.sms import FakeSms
from app.bootstrap import Adapters, House, local_adapters
from app.bootstrap.setting_up import publish_all, set_up
from app.clock import SHANGHAI, FixedClock
from app.config import read_config
from app.db.installation import DEMO
from app.scheduler.outbox import work_everything
from app.web import create_app
from app.web.extensions import db
from tests.copies import Copies, address_of, one_connection_a_thread
from tests.journeys.visitor import Visitor

BEFORE = datetime(2017, 1, 1, tzinfo=SHANGHAI)


@dataclass
class Town:
    """The installation of one test: its app, house and clock."""

    app: Flask
    house: House
    clock: FixedClock
    sms: FakeSms

    def at(self, text: str) -> None:
        """Move the clock; what is due fires, background work is done."""
        self.clock.move_to(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))
        self.house.engine.fire_all_due()
        self.work()

    def work(self) -> None:
        """Do all background work, as the worker does."""
        work_everything(self.house, owner="test")

    def visitor(self) -> Visitor:
        """Return somebody with a browser of his own who is not signed in."""
        return Visitor(self.app)

    def person(self, name: str) -> Visitor:
        """Return a signed-in person or officer: user name, person code or group."""
        visitor = self.visitor()
        visitor.become(name, self.house)
        return visitor


def _open(folder: Path, database_url: str) -> Town:
    config = replace(read_config(instance=folder), database_url=database_url)
    clock, sms = FixedClock(BEFORE), FakeSms()
    local = local_adapters(config)
    adapters = Adapters(local.pdf, local.signer, local.storage, sms)
    app = create_app(config, adapters=adapters, clock=clock)
    app.testing = True
    return Town(app, app.extensions["house"], clock, sms)


def _found(folder: Path, database: Engine) -> None:
    """Fill a database and publish the processes, as an installation begins."""
    town = _open(folder, address_of(database))
    with town.app.app_context():
        set_up(town.house, kind=DEMO)
        assert publish_all(town.house) == []
        db.engine.dispose()


@pytest.fixture
def town(founded: Path, copies: Copies, database_kind: str, tmp_path: Path) -> Iterator[Town]:
    """A fresh copy of the founded installation, on each database in turn."""
    folder = tmp_path / "instance"
    shutil.copytree(founded, folder)
    with copies.copy(database_kind, "town", partial(_found, founded)) as url:
        opened = _open(folder, url)
        with opened.app.app_context():
            one_connection_a_thread(db.engine)
        yield opened
        with opened.app.app_context():
            db.engine.dispose()
