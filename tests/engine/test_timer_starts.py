"""Procedures begun by time: armed with their version, once for every instant, seen when refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update

from app.clock import local
from app.db import failpoints
from app.domain.calendar import Deadline
from app.domain.cases.tables import CaseRow
from app.engine.simulation import read_scenario, run_scenario
from app.engine.start_tables import TimerStart
from app.engine.tables import Outbox, ProcessInstance
from app.errors import AppError
from app.scheduler.due import fire_starts
from app.scheduler.outbox import work_everything
from app.scheduler.virtual import work_without_waiting, world_of
from tests.engine.houses import ADMIN, MONDAY, Stage
from tests.schedules import rows_of_2027, schedule_file

TOWER = "clock_tower"
CYCLE = '<bpmn:timeCycle xsi:type="bpmn:tFormalExpression">R3/P1D</bpmn:timeCycle>'
ZONE = "+08:00"


def publish(stage: Stage, *edits: tuple[str, str]) -> str:
    """Publish the tower's procedure with texts of its drawing replaced."""
    package = stage.package(TOWER)
    path = f"workflows/{TOWER}/{TOWER}.bpmn"
    drawn = package.files[path]
    for old, new in edits:
        assert old in drawn
        drawn = drawn.replace(old, new)
    edited = replace(package, files={**package.files, path: drawn})
    return stage.house.engine.publish(edited, published_by="tests")


def timed(kind: str, rule: str) -> tuple[str, str]:
    """Return the edit that gives the start event another rule."""
    return CYCLE, f"<bpmn:{kind}>{rule}</bpmn:{kind}>"


def by_working_days() -> tuple[str, str]:
    """Return the edit that lets its days be working days."""
    calendar = '<zeebe:properties><zeebe:property name="calendar" value="working-days" />'
    return "<zeebe:ioMapping>", f"{calendar}</zeebe:properties><zeebe:ioMapping>"


def strike(stage: Stage) -> int:
    """Let workers do what is due now."""
    fired = fire_starts(stage.house, owner="w")
    work_everything(stage.house, owner="w")
    return fired


def begun(stage: Stage) -> list[datetime]:
    """Return as of which instants cases were begun."""
    return sorted(row.started_at for row in stage.rows(ProcessInstance))


def waiting(stage: Stage) -> list[TimerStart]:
    return stage.rows(TimerStart, TimerStart.done_at.is_(None))


def test_every_turn_begins_one_case_of_nobody(stage: Stage) -> None:
    publish(stage)
    assert strike(stage) == 0

    stage.wait(days=1)
    assert strike(stage) == 1

    [case] = stage.rows(CaseRow)
    assert (case.person_code, case.unit_code, case.case_no is not None) == (None, None, True)
    assert stage.open_tasks() == ["wind_clock"]
    variables = json.loads(stage.instance().state)["scopes"]["root"]["vars"]
    assert variables["struck_on"] == f"{local(MONDAY) + timedelta(days=1):%Y-%m-%d}"
    stage.complete("wind_clock", by=ADMIN)
    assert (stage.instance().status, stage.incidents()) == ("ended", [])


def test_missed_turns_begin_as_of_their_own_instants_and_the_last_one_ends_it(stage: Stage) -> None:
    publish(stage)

    stage.wait(days=30)
    stage.house.engine.fire_all_due()
    work_everything(stage.house, owner="w")

    assert begun(stage) == [MONDAY + timedelta(days=n) for n in (1, 2, 3)]
    assert (waiting(stage), stage.house.engine.fire_all_due()) == ([], 0)
    own = Deadline.kind.startswith("timer:struck")
    assert stage.rows(Deadline, own, Deadline.closed_at.is_(None)) == []


@pytest.mark.parametrize(
    ("edits", "due"),
    [
        ([timed("timeDate", "2026-03-05T08:30:00+08:00")], "2026-03-05T08:30"),
        ([timed("timeDate", "2026-03-05")], "2026-03-05T00:00"),
        ([timed("timeDate", '=date and time(today + duration("P1D"), time("09:30:00+08:00"))')],
         "2026-03-03T09:30"),
        ([timed("timeDuration", "PT2H")], "2026-03-02T11:00"),
        ([timed("timeDuration", "P5D"), by_working_days()], "2026-03-10T00:00"),
        ([timed("timeCycle", "R/P5D"), by_working_days()], "2026-03-10T00:00"),
    ],
)  # fmt: skip
def test_date_duration_and_cycle_are_counted_from_publication(
    stage: Stage, edits: list[tuple[str, str]], due: str
) -> None:
    publish(stage, *edits)
    instant = datetime.fromisoformat(due + ZONE)

    stage.clock.move_to(instant - timedelta(seconds=1))
    assert strike(stage) == 0
    stage.clock.move_to(instant)
    assert strike(stage) == 1

    assert begun(stage) == [instant]


def test_working_days_follow_each_other_without_a_gap(stage: Stage) -> None:
    publish(stage, timed("timeCycle", "R/P5D"), by_working_days())

    stage.clock.move_to(datetime.fromisoformat("2026-03-17T00:00" + ZONE))
    stage.house.engine.fire_all_due()

    assert [f"{local(row.due_at):%m-%d}" for row in waiting(stage)] == ["03-24"]


def test_newer_version_takes_the_place_of_what_was_armed(stage: Stage) -> None:
    publish(stage)
    stage.wait(hours=12)
    second = publish(stage, timed("timeDuration", "P1D"))

    [row] = waiting(stage)
    assert (row.bundle_id, row.due_at) == (second, MONDAY + timedelta(hours=36))
    stage.wait(days=30)
    assert (strike(stage), len(begun(stage))) == (1, 1)
    assert stage.instance().bundle_id == second


def test_same_version_published_again_goes_on_as_it_was(stage: Stage) -> None:
    publish(stage)
    stage.wait(hours=12)

    publish(stage)

    [row] = waiting(stage)
    assert row.due_at == MONDAY + timedelta(days=1)


def test_version_without_a_timer_disarms(stage: Stage) -> None:
    publish(stage)

    publish(stage, (CYCLE, ""), ('<bpmn:timerEventDefinition id="struck_timer">', ""),
            ("</bpmn:timerEventDefinition>", ""))  # fmt: skip

    assert waiting(stage) == []


def test_date_that_has_passed_begins_nothing(stage: Stage) -> None:
    publish(stage, timed("timeDate", "2026-03-02T08:59:59+08:00"))

    assert (strike(stage), waiting(stage), begun(stage)) == (0, [], [])


@pytest.mark.parametrize(
    ("kind", "rule", "code"),
    [
        ("timeDuration", "=3", "engine.timer_not_text"),
        ("timeDate", '="soon"', "engine.not_an_instant"),
        ("timeCycle", '="P1D"', "engine.timer_not_cycle"),
    ],
)
def test_rule_that_is_no_time_is_not_published(
    stage: Stage, kind: str, rule: str, code: str
) -> None:
    with pytest.raises(AppError) as caught:
        publish(stage, timed(kind, rule))

    assert (caught.value.code, caught.value.fields["element"]) == (code, "struck")
    assert stage.count(TimerStart) == (0,)


def test_ten_workers_begin_one_case(stage: Stage) -> None:
    publish(stage)
    stage.wait(days=1)
    [row] = waiting(stage)
    engine = stage.house.engine

    with ThreadPoolExecutor(10) as threads:
        fired = list(threads.map(lambda _: engine.fire_start(row.id), range(10)))
        list(threads.map(lambda n: work_everything(stage.house, owner=f"w{n}"), range(10)))

    assert (sum(fired), len(begun(stage))) == (1, 1)


def lose_lease(stage: Stage) -> None:
    """A worker died after claiming; its lease has run out."""
    with stage.house.unit_of_work() as session:
        for table in (TimerStart, Outbox):
            session.execute(update(table).values(lease_until=MONDAY - timedelta(days=900)))


@pytest.fixture
def die_at() -> Iterator[Callable[[str, int], None]]:
    """Let this process end when it comes to a named place for the nth time."""

    def arm_at(place: str, turn: int) -> None:
        left = [turn]

        def die(name: str) -> None:
            left[0] -= name == place
            if not left[0]:
                left[0] = -1
                raise SystemExit

        failpoints.arm(die)

    yield arm_at
    failpoints.arm(lambda name: None)


@pytest.mark.parametrize("turn", range(1, 7))
@pytest.mark.parametrize("place", ["before_commit", "after_commit", "between_claim_and_done"])
def test_worker_that_dies_leaves_the_case_to_another(
    stage: Stage, place: str, turn: int, die_at: Callable[[str, int], None]
) -> None:
    publish(stage)
    stage.wait(days=1)
    die_at(place, turn)
    with suppress(SystemExit):
        strike(stage)

    for _ in range(3):
        lose_lease(stage)
        strike(stage)

    assert begun(stage) == [MONDAY + timedelta(days=1)]


def test_refused_beginning_is_seen_and_sent_again(stage: Stage) -> None:
    guard = '<zeebe:properties><zeebe:property name="guard" value="room_gate" />'
    package = stage.package(TOWER)
    path = f"workflows/{TOWER}/{TOWER}.bpmn"
    drawn = package.files[path].replace(
        "<zeebe:ioMapping>", f"{guard}</zeebe:properties><zeebe:ioMapping>"
    )
    gate = stage.package("reading_room").files["workflows/reading_room/reading_room.dmn"]
    files = {**package.files, path: drawn, f"workflows/{TOWER}/gate.dmn": gate}
    stage.house.engine.publish(replace(package, files=files), published_by="tests")
    stage.workshop.room["open"] = False
    stage.wait(days=1)

    fire_starts(stage.house, owner="w")
    work_without_waiting(stage.house)

    [row] = stage.rows(Outbox, Outbox.kind == "case.begin")
    assert (row.dead_at is not None, row.attempts, begun(stage)) == (True, 3, [])
    stage.workshop.room["open"] = True
    stage.house.engine.send_again(row.id, actor=stage.actor("R-ADM@PLATFORM"))
    work_everything(stage.house, owner="w")
    assert begun(stage) == [MONDAY + timedelta(days=1)]


def told(**more: object) -> dict[str, object]:
    return {
        "name": "到点敲钟",
        "start": "2026-03-02T09:00",
        "process": TOWER,
        "timer": "struck",
        "steps": [
            {"expect": {"open": ["wind_clock"], "deadlines": {"wind_clock": "2026-03-05T09:00"}}},
            {"do": "wind_clock", "as": ADMIN, "with": {"note": "已上"}},
            {"expect": {"state": "COMPLETED", "open": [], "incidents": []}},
        ],
        **more,
    }


def tell(stage: Stage, folder: Path, story: dict[str, object]) -> tuple[object, ...]:
    path = folder / TOWER / "scenarios" / "struck.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump(story, allow_unicode=True), "utf-8")
    return run_scenario(read_scenario(path), world_of(stage.house, stage.clock)).mismatches


def test_story_begins_when_time_reaches_the_start(stage: Stage, tmp_path: Path) -> None:
    publish(stage)

    assert tell(stage, tmp_path, told()) == ()


def test_story_of_a_start_that_never_comes_fails(stage: Stage, tmp_path: Path) -> None:
    publish(stage)

    [mismatch] = tell(stage, tmp_path, told(timer="chimed"))

    assert (mismatch.what, "chimed" in str(mismatch.found)) == ("refused", True)


def test_armed_start_follows_a_new_holiday_schedule(stage: Stage) -> None:
    stage.clock.move_to(datetime.fromisoformat("2027-02-03T09:00:00+08:00"))
    publish(stage, timed("timeDuration", "P5D"), by_working_days())
    [before] = [row.due_at for row in waiting(stage)]

    stage.house.engine.load_schedule(
        schedule_file(rows_of_2027()), label="2027年", loaded_by="管理员",
        actor=stage.actor("R-ADM@PLATFORM"),
    )  # fmt: skip
    stage.house.engine.follow_calendar()

    [after] = waiting(stage)
    [deadline] = stage.rows(Deadline, Deadline.closed_at.is_(None))
    assert after.due_at == deadline.due_at > before
