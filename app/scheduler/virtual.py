"""A house in memory with a virtual clock: what scenarios and `make demo` run in.

The first world of a process is set up from the seed data; every further one is a copy of it in
the same database, so a scenario starts in milliseconds and no statement is compiled twice.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, update
from sqlalchemy.pool import StaticPool

from app.adapters.captcha import FakeCaptcha
from app.adapters.licence_library import MOODS
from app.adapters.pdf import FakePdfRenderer
from app.adapters.signer import FakeSigner
from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.bootstrap import Adapters, House, build, build_tools
from app.bootstrap.models import metadata
from app.bootstrap.setting_up import fill
from app.clock import FixedClock, local_date
from app.config import Config
from app.db import keys
from app.db.installation import DEMO
from app.db.unit_of_work import prepare, unit_of_work
from app.domain.access.actor import Actor
from app.domain.accounts import accounts_of_person, actor_of, find_account, holders_of
from app.domain.attachments.keeping import Owner, StoredFile, attach
from app.domain.cases.register import case_by_number
from app.domain.cases.tables import CaseRow
from app.domain.people import add_photo
from app.domain.publicity.publishing import publicity_of
from app.domain.titles.records import find_record
from app.engine.package import process_keys, read_package
from app.engine.registry import Registry
from app.engine.simulation import World
from app.engine.tables import Outbox
from app.engine.timer_starts import disarm
from app.errors import DefinitionError, DomainError
from app.operations import registry
from app.operations.objecting import Statement, object_to
from app.scheduler.opened_forms import opened_form
from app.scheduler.outbox import work_everything

BEFORE = datetime.fromisoformat("2017-01-01T00:00:00+08:00")
GROUP = re.compile(r"^(?P<role>R-[A-Z]+)@(?P<organisation>[^#]+)(#(?P<number>\d+))?$")
OWNER = "virtual"
MOST_ROUNDS = 4


def fake_adapters() -> Adapters:
    """Return adapters that stay in memory."""
    return Adapters(FakePdfRenderer(), FakeSigner(), MemoryStorage(), FakeSms(), FakeCaptcha())


@dataclass
class Worlds:
    """Makes worlds that all start from the same set-up database; one lasts until the next."""

    config: Config
    on_flows: Callable[[Iterable[str]], None] = lambda flows: None
    adapters: Callable[[], Adapters] = fake_adapters
    operations: Registry = field(default_factory=lambda: registry)

    def __post_init__(self) -> None:
        keys.install(self.config.keyring)
        self._tools = replace(
            build_tools(self.config, operations=self.operations), on_flows=self.on_flows
        )
        self._database = in_memory()
        metadata.create_all(self._database)
        self.fill(self._database)
        self._template = sqlite3.connect(":memory:", check_same_thread=False)
        _raw(self._database).backup(self._template)

    def fill(self, database: Database) -> None:
        """Fill the tables of any database with the demo's people and the published procedures.

        One that cannot be read is left out; its own check says what is wrong with it.
        """
        with unit_of_work(database) as session:
            fill(session, kind=DEMO, now=BEFORE, calendars=self.config.workflows / "calendars")
        house = self.house_on(database, FixedClock(BEFORE))
        for key in process_keys(self.config.workflows):
            with suppress(DefinitionError):
                package = read_package(
                    key, workflows=self.config.workflows, forms=self.config.forms
                )
                house.engine.publish(package, published_by=OWNER)
            with unit_of_work(database) as session:
                disarm(session, key, BEFORE)  # a story of such a procedure arms it at its start

    def load_form(self, data: bytes, file: str) -> Any:
        """Parse a form file as the house does."""
        return self._tools.forms.load(data, file)

    def house(self, clock: FixedClock) -> House:
        """Return a fresh house in memory; what an earlier one held is gone."""
        self._template.backup(_raw(self._database))
        return self.house_on(self._database, clock)

    def house_on(self, database: Database, clock: FixedClock) -> House:
        """Return a house over a filled database of any kind."""
        return build(
            self.config, database, adapters=self.adapters(), clock=clock, tools=self._tools
        )

    def close(self) -> None:
        """Let isolate and databases go; the worlds can no longer be used."""
        self._tools.feel.close()
        self._database.dispose()
        self._template.close()

    def world(self) -> World:
        """Return a fresh world for one scenario."""
        clock = FixedClock(BEFORE)
        return world_of(self.house(clock), clock)


def in_memory() -> Database:
    """Return an empty database that lives in one connection."""
    return prepare(
        create_engine(
            "sqlite://",
            hide_parameters=True,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
    )


def _raw(database: Database) -> sqlite3.Connection:
    connection = database.raw_connection()
    raw = cast(sqlite3.Connection, connection.driver_connection)
    connection.close()
    return raw


def world_of(house: House, clock: FixedClock) -> World:
    """Return the world of a house whose clock is the scenario's."""

    actor = partial(find_actor, house)
    return World(
        house.engine, clock, house.unit_of_work, actor, partial(keep_file, house),
        partial(work_without_waiting, house), partial(enter_photo, house),
        partial(begin_for, house), partial(change_mood, house), partial(raise_objection, house),
        partial(opened_form, house, actor),
    )  # fmt: skip


def enter_photo(house: House, person_code: str, path: Path) -> None:
    """Enter a person's photo as if it had been on file before."""
    key = house.adapters.storage.put(path.read_bytes())
    with house.unit_of_work() as session:
        add_photo(
            session, person_code, storage_key=key, sha256=key, checks=[], source="scenario",
            at=house.clock.now(),
        )  # fmt: skip


def work_without_waiting(house: House) -> None:
    """Do all background work; the pauses between attempts are system time, here they are none."""
    for _ in range(MOST_ROUNDS):
        with house.unit_of_work() as session:
            session.execute(update(Outbox).values(not_before=None))
        if not work_everything(house, owner=OWNER):
            return


def begin_for(house: House, process_key: str, record: str, by: Actor) -> str:
    """Begin a procedure for a title record, as its office's page does; returns the case's id."""
    with house.unit_of_work() as session:
        found = find_record(session, record)
        record_id, person_code = found.id, found.person_code
    answer = house.engine.begin(process_key, record_id, person_code, actor=by)
    with house.unit_of_work() as session:
        return case_by_number(session, answer["business_key"]).id


def change_mood(house: House, name: str, mood: Mapping[str, Any]) -> None:
    """Let something outside behave badly, or well again; only fakes can."""
    book = getattr(getattr(house.adapters, name, None), "book", None)
    if book is None or not set(mood) <= MOODS.keys():
        raise DomainError("scenario.no_mood", name=name, mood="、".join(sorted(mood)))
    for key, value in mood.items():
        setattr(book, key, value)


def raise_objection(house: House, case_id: str, said: Mapping[str, Any]) -> None:
    """Object to what is publicised for a case, as the public does."""
    with house.unit_of_work() as session:
        case = session.get_one(CaseRow, case_id)
        found = publicity_of(session, case.case_no or "")
        publicity_id = found.id if found is not None else ""
    object_to(house.engine, publicity_id, Statement(**said))


def find_actor(house: House, name: str) -> Actor:
    """Return an actor by person code, user name, or group (`R-CERT@ZGB-450200#2`: its second)."""
    today = local_date(house.clock.now())
    with house.unit_of_work() as session:
        group = GROUP.match(name)
        if group:
            found = holders_of(session, group["role"], group["organisation"], on=today)
            found = found[int(group["number"] or 1) - 1 :]
        else:
            account = find_account(session, name)
            found = [account] if account else accounts_of_person(session, name)
        if not found:
            raise DomainError("scenario.no_actor", name=name)
        return actor_of(found[0], today)


def keep_file(house: House, path: Path, by: Actor) -> str:
    """Store a file as an attachment of a person and return its id."""
    content = path.read_bytes()
    key = house.adapters.storage.put(content)
    mime = "application/pdf" if path.suffix == ".pdf" else "image/jpeg"
    file = StoredFile(path.name, key, key, len(content), mime)
    with house.unit_of_work() as session:
        row = attach(
            session,
            Owner("account", by.account_id),
            file,
            component_key="scenario",
            uploaded_by=by.account_id,
            now=house.clock.now(),
        )
        return row.id
