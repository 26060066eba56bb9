"""What completing a user task costs, with everything it touches.

Through `Engine.complete`: rights, form, act, advance, projections, history, audit, one transaction
on a SQLite file with synchronous FULL, one process. Beside the times stands the yardstick that a
machine's speed cancels out of: a transaction that commits one small row.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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
from app.bootstrap.setting_up import fill
from app.clock import FixedClock
from app.config import ROOT, Config, read_config
from app.db.installation import DEMO, Installation
from app.db.unit_of_work import prepare, unit_of_work
from app.domain.access.actor import Actor
from app.engine.package import Package, read_descriptor
from app.engine.registry import Registry
from app.engine.tables import OPEN, UserTask
from app.scheduler.virtual import find_actor

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LOOP = Path(__file__).with_name("loop.bpmn")
FORM = {
    "type": "default",
    "id": "turn",
    "components": [
        {"type": "textarea", "id": "opinion", "key": "opinion", "label": "意见"},
        {"type": "textfield", "id": "again", "key": "again", "label": "再来"},
    ],
}
TURNS = (10, 100, 1_000)
AROUND = 40
TOP = 15


@dataclass(frozen=True)
class Times:
    """A row of the table, in milliseconds."""

    what: str
    number: int
    per_second: float
    p50: float
    p95: float

    @classmethod
    def of(cls, what: str, seconds: list[float]) -> Times:
        """Sum up measurements."""
        cuts = statistics.quantiles(seconds, n=20)
        return cls(
            what,
            len(seconds),
            round(len(seconds) / sum(seconds), 1),
            round(statistics.median(seconds) * 1000, 2),
            round(cuts[18] * 1000, 2),
        )


def loop_package() -> Package:
    """Return a procedure whose one task comes back until somebody has had enough."""
    toml = 'key = "loop"\ntitle = "循环"\nbusiness = "QT"\nstarter = "R-PERS"\n'
    files = {
        "workflows/loop/process.toml": toml,
        "workflows/loop/loop.bpmn": LOOP.read_text(encoding="utf-8"),
        "forms/loop/turn.form": json.dumps(FORM, ensure_ascii=False),
    }
    return Package("loop", files, read_descriptor(toml, "workflows/loop/process.toml"))


@contextmanager
def house() -> Iterator[House]:
    """A house on a SQLite file, thrown away afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config: Config = read_config(instance=folder)
        database = prepare(create_engine(f"sqlite:///{folder / 'bench.db'}"))
        tools = build_tools(config, operations=Registry())
        adapters = Adapters(FakePdfRenderer(), FakeSigner(), MemoryStorage(), FakeSms())
        found = build(config, database, adapters=adapters, clock=FixedClock(NOW), tools=tools)
        metadata.create_all(database)
        with unit_of_work(database) as session:
            fill(session, kind=DEMO, now=NOW, calendars=ROOT / "workflows" / "calendars")
        yield found
        database.dispose()
        tools.feel.close()


def start(found: House) -> str:
    """Start a case and return it."""
    person = find_actor(found, "P001")
    case_id = found.engine.open_draft("loop", actor=person)
    found.engine.start(case_id, {"opinion": "开始"}, actor=person)
    return case_id


def complete(found: House, case_id: str, officer: Actor, again: str = "YES") -> float:
    """Complete a case's open task and return the seconds it took."""
    with found.unit_of_work() as session:
        query = select(UserTask.id).where(UserTask.case_id == case_id, UserTask.status == OPEN)
        task_id = session.scalars(query).one()
    before = time.perf_counter()
    found.engine.complete(task_id, {"opinion": "同意", "again": again}, actor=officer, key=task_id)
    return time.perf_counter() - before


def timed(act: Callable[[], Any]) -> float:
    """Return the seconds that an act takes."""
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


def smallest_transaction(found: House) -> None:
    """Commit one small change: what the disk alone costs."""
    with found.unit_of_work() as session:
        session.get_one(Installation, 1).clock_offset_seconds += 1


def measure(cases: int) -> tuple[list[Times], list[Times]]:
    """Return the times of completions over many cases, and along one looping case."""
    with house() as found:
        found.engine.publish(loop_package(), published_by="bench")
        officer = find_actor(found, "R-UADM@DW-002")
        warm = start(found)
        for _ in range(20):
            complete(found, warm, officer)
        floor = [timed(lambda: smallest_transaction(found)) for _ in range(cases)]
        many = [start(found) for _ in range(cases)]
        first = [complete(found, case_id, officer) for case_id in many]
        last = [complete(found, case_id, officer, again="NO") for case_id in many]
        one, along = start(found), []
        along = [complete(found, one, officer) for _ in range(max(TURNS) + AROUND)]
    rows = [
        Times.of("one small row committed", floor),
        Times.of("completion, task comes back", first),
        Times.of("completion, case ends", last),
    ]
    loops = [Times.of(f"completion no. {n}", along[max(n - AROUND, 0) : n + AROUND]) for n in TURNS]
    return rows, loops


def profile(completions: int) -> str:
    """Return where the time of completions goes."""
    with house() as found:
        found.engine.publish(loop_package(), published_by="bench")
        officer, case_id = find_actor(found, "R-UADM@DW-002"), start(found)
        complete(found, case_id, officer)
        recorder = cProfile.Profile()
        recorder.enable()
        for _ in range(completions):
            complete(found, case_id, officer)
        recorder.disable()
    lines = [f"{'own s':>8} {'all s':>8} {'calls':>9}  function ({completions} completions)"]
    stats: Any = pstats.Stats(recorder)
    ordered = sorted(stats.stats.items(), key=lambda item: item[1][2], reverse=True)
    for (file, line, name), (_, calls, own, everything, _) in ordered[:TOP]:
        place = f"{'/'.join(Path(file).parts[-2:])}:{line}"
        lines.append(f"{own:8.3f} {everything:8.3f} {calls:9d}  {place} {name}")
    return "\n".join(lines)


def table(rows: list[Times], floor: float) -> str:
    """Return rows for people; the last column counts in smallest transactions."""
    head = f"{'':<30}{'n':>6}{'per s':>9}{'p50 ms':>9}{'p95 ms':>9}{'× floor':>9}"
    lines = [
        f"{r.what:<30}{r.number:>6}{r.per_second:>9}{r.p50:>9}{r.p95:>9}{r.p50 / floor:>9.1f}"
        for r in rows
    ]
    return "\n".join([head, *lines])


def main(options: list[str]) -> None:
    """Print the table and the JSON; `--profile` shows where the time goes instead."""
    if "--profile" in options:
        print(profile(300))
        return
    rows, loops = measure(300)
    floor = rows[0].p50
    print(table(rows + loops, floor))
    ratio = round(loops[-1].p50 / loops[0].p50, 2)
    print(f"completion no. {TURNS[-1]} costs {ratio} times completion no. {TURNS[0]}")
    print(json.dumps({"rows": [asdict(r) for r in rows + loops], "growth": ratio}))
