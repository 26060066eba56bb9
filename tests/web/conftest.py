"""The real application over a seeded demo database; each test gets a copy of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from app.bootstrap import House
from app.bootstrap.setting_up import fill
from app.clock import FixedClock
from app.config import Config, read_config
from app.db import keys
from app.db.installation import DEMO
from app.domain.accounts import Account, find_account, holders_of, set_password
from app.engine.package import process_keys, read_package
from app.scheduler.outbox import work_everything
from app.scheduler.virtual import fake_adapters
from app.web import create_app
from app.web.extensions import db, house
from tests.copies import Copies, address_of, one_connection_a_thread
from tests.journeys.visitor import SIGN_IN

NOW = datetime.fromisoformat("2026-11-20T09:00:00+08:00")
PASSWORD = "Pruefung-2026"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
KEY = re.compile(r'name="_key" value="([^"]+)"')
PHOTO = Path("workflows/lost_certificate/scenarios/photo.jpg")


@dataclass
class Visitor:
    """A browser: one client with its cookies."""

    app: Flask
    client: FlaskClient

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def text(self, path: str) -> str:
        return str(self.client.get(path).get_data(as_text=True))

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str, **more: Any) -> Any:
        """Post with the form token of a page."""
        found = TOKEN.search(self.text(page))
        token = found[1] if found else ""
        return self.client.post(path, data={"csrf_token": token, **(data or {})}, **more)

    def become(self, account_id: str) -> Visitor:
        answer = self.post("/personas", {"account": account_id}, page=SIGN_IN)
        assert answer.status_code == 302
        return self


@dataclass
class Town:
    """The application with its house, clock and people."""

    app: Flask
    clock: FixedClock

    @property
    def house(self) -> House:
        with self.app.app_context():
            return house()

    def visitor(self) -> Visitor:
        return Visitor(self.app, self.app.test_client())

    def account(self, name: str) -> str:
        """Return an account id by user name, person code or `ROLE@ORGANISATION`."""
        with self.app.app_context(), house().unit_of_work() as session:
            role, _, organisation = name.partition("@")
            if organisation:
                return holders_of(session, role, organisation, on=NOW.date())[0].id
            found = find_account(session, name)
            query = select(Account.id).where(Account.person_code == name)
            return found.id if found else session.scalars(query).one()

    def signed_in(self, name: str) -> Visitor:
        return self.visitor().become(self.account(name))

    def work(self) -> None:
        with self.app.app_context():
            work_everything(house(), owner="tests")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The configuration of the tests."""
    config = read_config(instance=tmp_path_factory.mktemp("web"))
    return replace(config, keyring=keys.keyring())


def _fill(settings: Config, database: Engine) -> None:
    """Seed a database and publish the procedures."""
    config = replace(settings, database_url=address_of(database))
    app = create_app(config, adapters=fake_adapters(), clock=FixedClock(NOW))
    with app.app_context():
        with house().unit_of_work() as session:
            fill(session, kind=DEMO, now=NOW, calendars=config.workflows / "calendars")
            _give_password(session)
        for key in process_keys(config.workflows):
            package = read_package(key, workflows=config.workflows, forms=config.forms)
            house().engine.publish(package, published_by="tests")
        db.engine.dispose()


def _give_password(session: Any) -> None:
    account = find_account(session, "gxzgb.reg1")
    assert account is not None
    set_password(session, account, PASSWORD, now=datetime.now(UTC))


@pytest.fixture
def town(settings: Config, copies: Copies, database_kind: str, tmp_path: Path) -> Iterator[Town]:
    with copies.copy(database_kind, "web", partial(_fill, settings)) as url:
        config = replace(settings, database_url=url, instance=tmp_path)
        clock = FixedClock(NOW)
        app = create_app(config, adapters=fake_adapters(), clock=clock)
        app.testing = False
        with app.app_context():
            one_connection_a_thread(db.engine)
        yield Town(app, clock)
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def declared(town: Town) -> Callable[[], tuple[Visitor, str]]:
    """Declare P003's certificate lost through the pages; returns his browser and the case's id."""

    def declare() -> tuple[Visitor, str]:
        person = town.signed_in("P003")
        begun = person.post("/apply/lost_certificate", page="/apply/lost_certificate")
        case_id = begun.location.split("/")[-2]
        path = f"/cases/{case_id}/edit"
        with (Path(__file__).parents[2] / PHOTO).open("rb") as photo:
            answer = person.post(
                path, page=path, content_type="multipart/form-data",
                data={
                    "record_id": "T003", "loss_statement": "搬家时不慎遗失，多次查找未果。",
                    "photo-file": (photo, "photo.jpg"), "declaration_signature": "true",
                    "commitment_signature": "true",
                },
            )  # fmt: skip
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return person, case_id

    return declare
