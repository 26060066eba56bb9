"""Houses for the tests: real files and servers below, a clock that stands still, fakes around.

A house is set up once per database kind and copied for every test. Its procedures are the small
ones of `packages/`, its operations and facts those of `Workshop`, so no product file is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import inspect, select

from app.adapters.pdf import FakePdfRenderer
from app.adapters.signer import FakeSigner
from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.bootstrap import Adapters, House, build, build_tools
from app.bootstrap.setting_up import fill, migrate
from app.clock import FixedClock
from app.config import ROOT, Config
from app.db import keys
from app.db.installation import DEMO
from app.db.unit_of_work import unit_of_work
from app.domain.access.actor import Actor
from app.domain.cases.tables import CaseRow
from app.engine.package import Package, read_package
from app.engine.registry import Background, Call, Registry
from app.engine.tables import (
    OPEN,
    Incident,
    MessageSubscription,
    Outbox,
    ProcessInstance,
    TaskSubmission,
    Timer,
    UserTask,
)
from app.feel import Feel
from app.operations.messages import correlate
from app.scheduler.virtual import find_actor
from tests.keyring import RING

PACKAGES = Path(__file__).with_name("packages")
BEFORE = datetime(2017, 1, 1, tzinfo=UTC)
MONDAY = datetime.fromisoformat("2026-03-02T09:00:00+08:00")

APPLICANT = "P001"
ADMIN = "R-UADM@DW-002"
PERSONNEL = "R-UHR@DW-002"
STRANGER = "R-UADM@DW-001"
NOTE = "test.note"


@dataclass
class Workshop:
    """Operations and facts of the test procedures; what they do is set by the test."""

    room: dict[str, Any] = field(
        default_factory=lambda: {"open": True, "opens": "9:00", "shelf_open": True}
    )
    desk: dict[str, Any] = field(
        default_factory=lambda: {"groups": "R-UADM@DW-002", "pause": "PT1H", "volume": 1}
    )
    broken: Callable[[], None] | None = None
    breaks_at: str = "lifted"
    turns: int = 0
    performed: list[str] = field(default_factory=list)

    def registry(self) -> Registry:
        """Return the registry that the procedures are run with."""
        found = Registry()
        found.operation("shelf.reserve")(self._reserve)
        found.operation("note.take")(self._take_note)
        found.operation("bar.lift")(self._lift)
        found.operation("top.push")(self._push)
        found.operation("press.print")(self._print)
        found.operation("message.correlate")(correlate)
        found.fact("room")(lambda call: dict(self.room))
        found.fact("desk")(lambda call: dict(self.desk))
        found.fact("limit")(lambda call: self.turns)
        return found

    def _reserve(self, call: Call, *, shelf: str, period: str) -> dict[str, Any]:
        self._act(call, "reserved", f"{shelf} {period}")
        return {"place": f"{shelf}-1"}

    def _take_note(self, call: Call, *, text: str, about: str = "") -> None:
        self._act(call, text, about)

    def _lift(self, call: Call) -> None:
        self._act(call, "lifted", "")

    def _push(self, call: Call) -> dict[str, Any]:
        return {"turns": 0}

    def _print(self, call: Call, *, copies: str) -> Background:
        return Background("press.print", {"copies": copies})

    def _act(self, call: Call, text: str, about: str) -> None:
        """Leave an effect as a row, then fail if the test wants it: the row must go again."""
        self.performed.append(text)
        key = f"{NOTE}:{text}:{call.instance_id}:{call.token_id}"
        call.post(NOTE, {"text": text, "about": about, "at": call.now.isoformat()}, key=key)
        if self.broken is not None and text == self.breaks_at:
            self.broken()


@dataclass
class Stage:
    """A house with the people and the procedures of the tests, and short words for its verbs."""

    house: House
    clock: FixedClock
    workshop: Workshop

    def package(self, key: str) -> Package:
        """Read one of the test procedures."""
        return read_package(key, workflows=PACKAGES / "workflows", forms=PACKAGES / "forms")

    def publish(self, key: str) -> str:
        """Publish one of the test procedures."""
        return self.house.engine.publish(self.package(key), published_by="tests")

    def actor(self, name: str) -> Actor:
        """Return a person of the test data."""
        return find_actor(self.house, name)

    def draft(self, key: str, *, by: str = APPLICANT) -> str:
        """Open a draft of a published procedure."""
        return self.house.engine.open_draft(key, actor=self.actor(by))

    def start(
        self, key: str, values: Mapping[str, Any] | None = None, *, by: str = APPLICANT
    ) -> str:
        """Publish a procedure, start it, and return the case."""
        self.publish(key)
        case_id = self.draft(key, by=by)
        given = {"note": "开始"} if values is None else values
        self.house.engine.start(case_id, given, actor=self.actor(by))
        return case_id

    def complete(self, element: str, values: Mapping[str, Any] | None = None, *, by: str) -> Any:
        """Complete the open task of an element."""
        given = {"note": "已办"} if values is None else values
        task_id = self.task(element).id
        return self.house.engine.complete(task_id, given, actor=self.actor(by))

    def task(self, element: str) -> UserTask:
        """Return the newest task of an element."""
        return self.rows(UserTask, UserTask.element_id == element)[-1]

    def open_tasks(self) -> list[str]:
        """Return the elements whose tasks are open."""
        return sorted(row.element_id for row in self.rows(UserTask, UserTask.status == OPEN))

    def incidents(self) -> list[Incident]:
        """Return the incidents that are not resolved."""
        return self.rows(Incident, Incident.resolved_at.is_(None))

    def notes(self) -> list[str]:
        """Return what the operations of the test have left behind, in order."""
        return [row.payload["text"] for row in self.rows(Outbox, Outbox.kind == NOTE)]

    def case(self, case_id: str) -> CaseRow:
        """Return a case as it is stored."""
        return self.rows(CaseRow, CaseRow.id == case_id)[0]

    def instance(self) -> ProcessInstance:
        """Return the newest instance."""
        return self.rows(ProcessInstance)[-1]

    def submissions(self) -> list[TaskSubmission]:
        """Return what was handed in."""
        return self.rows(TaskSubmission)

    def timers(self) -> dict[str, Timer]:
        """Return the waiting timers by element."""
        return {row.element_id: row for row in self.rows(Timer, Timer.done_at.is_(None))}

    def subscriptions(self) -> dict[str, MessageSubscription]:
        """Return the open subscriptions by element."""
        found = self.rows(MessageSubscription, MessageSubscription.done_at.is_(None))
        return {row.element_id: row for row in found}

    def rows(self, table: type[Any], *where: Any) -> list[Any]:
        """Return rows as they are stored, in the order they were made."""
        with self.house.unit_of_work() as session:
            return list(
                session.scalars(select(table).where(*where).order_by(*inspect(table).primary_key))
            )

    def count(self, *tables: type[Any]) -> tuple[int, ...]:
        """Return how many rows each table has."""
        return tuple(len(self.rows(table)) for table in tables)

    def wait(self, **duration: float) -> None:
        """Let legal time pass; nothing fires by itself."""
        self.clock.move_to(self.clock.now() + timedelta(**duration))


def config_for(folder: Path) -> Config:
    """Return settings whose folders are those of the test procedures."""
    return Config(
        database_url="",
        instance=folder,
        workflows=PACKAGES / "workflows",
        forms=PACKAGES / "forms",
        templates=ROOT / "templates",
        base_url="http://127.0.0.1:8000",
        secret_key="tests",
        keyring=RING,
    )


def open_stage(database: Database, folder: Path, feel: Feel) -> Stage:
    """Build a house over a set-up database."""
    workshop, clock = Workshop(), FixedClock(MONDAY)
    config = config_for(folder)
    adapters = Adapters(FakePdfRenderer(), FakeSigner(), MemoryStorage(), FakeSms())
    tools = build_tools(config, operations=workshop.registry(), feel=feel)
    house = build(config, database, adapters=adapters, clock=clock, tools=tools)
    return Stage(house, clock, workshop)


def set_up(database: Database) -> None:
    """Make the tables and the demo's people."""
    migrate(database)
    fill_house(database)


def fill_house(database: Database) -> None:
    """Fill the tables with the demo's people."""
    keys.install(RING)
    with unit_of_work(database) as session:
        fill(session, kind=DEMO, now=BEFORE, calendars=ROOT / "workflows" / "calendars")
