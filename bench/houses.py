"""The house that is measured, over a database of any kind, and what people do in it.

Two procedures: `line`, three tasks in a row with a gateway, which the peers have too; and `loop`,
one task that comes back as often as it is asked to.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from app.adapters.pdf import FakePdfRenderer
from app.adapters.signer import FakeSigner
from app.adapters.sms import FakeSms
from app.adapters.storage import MemoryStorage
from app.bootstrap import Adapters, House, build, build_tools
from app.bootstrap.models import metadata
from app.bootstrap.setting_up import fill, is_set_up
from app.clock import FixedClock
from app.config import ROOT, read_config
from app.db.installation import DEMO
from app.db.unit_of_work import prepare, unit_of_work
from app.domain.access.actor import Actor
from app.engine.package import Package, read_descriptor
from app.engine.registry import Registry
from app.engine.tables import OPEN, UserTask
from app.scheduler.virtual import find_actor
from bench.stores import Fresh

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DRAWINGS = Path(__file__).with_name("drawings")
PERSON, OFFICER = "P001", "R-UADM@DW-002"
# Some 0.9 kB, as a review with an opinion has.
OPINION = "经核对，申报材料齐全，所填信息与原件一致，符合申报条件。" * 12
FORM = {
    "type": "default",
    "id": "turn",
    "components": [
        {"type": "textarea", "id": "opinion", "key": "opinion", "label": "意见"},
        {"type": "textfield", "id": "outcome", "key": "outcome", "label": "结果"},
    ],
}
GOING_ON = {"opinion": OPINION, "outcome": "AGREE"}
ENDING = {"opinion": OPINION, "outcome": "ENOUGH"}


def package(key: str) -> Package:
    """Return one of the procedures of this folder."""
    toml = f'key = "{key}"\ntitle = "{key}"\nbusiness = "QT"\nstarter = "R-PERS"\n'
    files = {
        f"workflows/{key}/process.toml": toml,
        f"workflows/{key}/{key}.bpmn": (DRAWINGS / f"{key}.bpmn").read_text(encoding="utf-8"),
        f"forms/{key}/turn.form": json.dumps(FORM, ensure_ascii=False),
    }
    return Package(key, files, read_descriptor(toml, f"workflows/{key}/process.toml"))


@contextmanager
def house(url: str, folder: Path, *, now: datetime = NOW) -> Iterator[House]:
    """Lend a house over a database, which is set up when it is empty; `folder` keeps its keys."""
    config = read_config(instance=folder)
    database = prepare(create_engine(url, pool_pre_ping=True))
    tools = build_tools(config, operations=Registry())
    adapters = Adapters(FakePdfRenderer(), FakeSigner(), MemoryStorage(), FakeSms())
    found = build(config, database, adapters=adapters, clock=FixedClock(now), tools=tools)
    metadata.create_all(database)
    if not is_set_up(database):
        with unit_of_work(database) as session:
            fill(session, kind=DEMO, now=now, calendars=ROOT / "workflows" / "calendars")
        for drawing in sorted(DRAWINGS.glob("*.bpmn")):
            found.engine.publish(package(drawing.stem), published_by="bench")
    try:
        yield found
    finally:
        database.dispose()
        tools.feel.close()


@contextmanager
def at_house(kind: str, fresh: Fresh) -> Iterator[House]:
    """Lend a house over an empty database of a kind, which is gone afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        fresh(kind) as address,
        house(address, Path(folder)) as found,
    ):
        yield found


def start(found: House, key: str) -> str:
    """Start a case and return it."""
    person = find_actor(found, PERSON)
    case_id = found.engine.open_draft(key, actor=person)
    found.engine.start(case_id, GOING_ON, actor=person)
    return case_id


def complete(found: House, case_id: str, officer: Actor, values: dict[str, Any]) -> float:
    """Complete a case's open task and return the seconds it took."""
    with found.unit_of_work() as session:
        query = select(UserTask.id).where(UserTask.case_id == case_id, UserTask.status == OPEN)
        task_id = session.scalars(query).one()
    return timed(lambda: found.engine.complete(task_id, values, actor=officer, key=task_id))


def timed(act: Callable[[], Any]) -> float:
    """Return the seconds that an act takes."""
    before = time.perf_counter()
    act()
    return time.perf_counter() - before
