"""Migrations by two administrators: approved, tried on a few, interrupted, taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.db import failpoints
from app.domain.audit.tables import AuditEntry
from app.domain.calendar import Deadline
from app.engine.history import broken_at
from app.engine.migrating.tables import InstanceMigration, Migration
from app.engine.tables import (
    ActivityEvent,
    MessageSubscription,
    Outbox,
    ProcessInstance,
    TaskCandidate,
    TaskSubmission,
    Timer,
    UserTask,
)
from app.errors import EngineError, NotAllowed
from app.scheduler.outbox import work_off
from tests.engine.acts import AGREED, APPLICATION
from tests.engine.houses import ADMIN, PERSONNEL, Stage
from tests.engine.migrations import (
    FIRST,
    SECOND,
    WHY,
    WORKER,
    approved,
    image,
    inserted,
    migrated,
    outcomes,
    plans,
    publish,
    redrawn,
    request,
    worked_off,
)
from tests.engine.test_races import at_once, codes
from tests.faults.invariants import broken

ROOM, LETTER = "reading_room", "slow_letter"
ALL = (UserTask, Timer, MessageSubscription, ActivityEvent, TaskSubmission)


@pytest.fixture(autouse=True)
def whole(stage: Stage) -> Iterator[None]:
    """Whatever a test did, every table keeps its invariant."""
    yield
    with stage.house.unit_of_work() as session:
        assert list(broken(session)) == []


@pytest.fixture
def armed() -> Iterator[None]:
    yield
    failpoints.arm(lambda name: None)


def several(stage: Stage, number: int) -> None:
    """Start some cases and publish a newer drawing with a step ahead of them."""
    for _ in range(number):
        stage.start(ROOM, APPLICATION)
    flow = "check_application_to_is_agreed"
    publish(stage, inserted(stage.package(ROOM), flow, "second_look", "法制审核"))


def test_migration_needs_a_second_administrator_and_a_reason(stage: Stage) -> None:
    several(stage, 1)
    asked = request(stage, ROOM)
    assert stage.count(Migration) == (0,)

    with pytest.raises(EngineError) as alone:
        stage.house.engine.approve_repair(asked, actor=stage.actor(FIRST))
    assert alone.value.code == "engine.second_person"
    with pytest.raises(NotAllowed):
        stage.house.engine.approve_repair(asked, actor=stage.actor(ADMIN))

    answer = stage.house.engine.approve_repair(asked, actor=stage.actor(SECOND))
    assert answer["outcome"] == "已安排1件，由后台逐件迁移。"
    [row] = worked_off(stage)
    assert row.outcome == "done"
    [line] = stage.rows(ActivityEvent, ActivityEvent.kind == "migrated")
    assert line.person_name == stage.actor(SECOND).name
    assert line.on_behalf_of == stage.actor(FIRST).name
    assert line.reason == f"第1版改为第2版；{WHY}"
    [entry] = stage.rows(AuditEntry, AuditEntry.action == "migrate")
    assert (entry.object_id, entry.actor) == (row.instance_id, stage.actor(SECOND).account_id)


def test_what_nobody_could_do_is_refused_when_asked(stage: Stage) -> None:
    several(stage, 1)
    for arguments, code in (
        ({"to": 9}, "migration.no_version"),
        ({"renamed": {"check_application": "nowhere"}}, "migration.map_unknown"),
        ({"renamed": {"check_application": "second_look"}}, "migration.map_still_there"),
        ({"pilot": 0}, "migration.pilot"),
        ({"instance": "none"}, "migration.nobody"),
    ):
        with pytest.raises(EngineError) as refused:
            request(stage, ROOM, **arguments)
        assert refused.value.code == code


def test_pilot_moves_the_first_ready_ones_and_the_rest_follows(stage: Stage) -> None:
    several(stage, 5)

    pilot = migrated(stage, ROOM, pilot=2)

    assert outcomes(pilot) == ["done", "done"]
    first = [row.id for row in stage.rows(ProcessInstance)][:2]
    assert [row.instance_id for row in pilot] == first
    [migration] = stage.rows(Migration)
    with pytest.raises(NotAllowed):
        stage.house.engine.continue_migration(migration.id, actor=stage.actor(ADMIN))
    assert stage.house.engine.continue_migration(migration.id, actor=stage.actor(FIRST)) == 3
    assert stage.house.engine.continue_migration(migration.id, actor=stage.actor(FIRST)) == 0
    assert outcomes(worked_off(stage)) == ["done"] * 5


def test_one_that_fails_in_the_middle_is_as_it_was_and_the_others_go_on(
    stage: Stage, armed: None
) -> None:
    several(stage, 3)
    approved(stage, ROOM)
    second = stage.rows(ProcessInstance)[1]
    before = image(stage, second.id, *ALL)
    reached = []

    def fail(name: str) -> None:
        reached.append(name)
        if name == "after_act" and reached.count("after_act") == 2:
            raise RuntimeError("a fault of the test")

    failpoints.arm(fail)
    rows = worked_off(stage)

    assert outcomes(rows) == ["done", "failed", "done"]
    assert rows[1].said != ""
    assert image(stage, second.id, *ALL) == before
    failpoints.arm(lambda name: None)
    assert [plan.verdict for plan in plans(stage, ROOM)] == ["ready"]


class Killed(BaseException):
    """What a process that is killed looks like from inside."""


def test_worker_killed_in_the_middle_leaves_nothing_half_done(stage: Stage, armed: None) -> None:
    several(stage, 3)
    approved(stage, ROOM)
    ids = [row.id for row in stage.rows(ProcessInstance)]
    before = [image(stage, each, *ALL) for each in ids]
    reached = []

    def kill(name: str) -> None:
        reached.append(name)
        if name == "after_act" and reached.count("after_act") == 2:
            raise Killed

    failpoints.arm(kill)
    with pytest.raises(Killed):
        work_off(stage.house, owner=WORKER, workers=1)
    failpoints.arm(lambda name: None)

    assert outcomes(stage.rows(InstanceMigration)) == ["done", "waiting", "waiting"]
    assert [image(stage, each, *ALL) for each in ids[1:]] == before[1:]
    release(stage)
    assert outcomes(worked_off(stage)) == ["done"] * 3
    lines = stage.rows(ActivityEvent, ActivityEvent.kind == "migrated")
    assert len(lines) == 3


def release(stage: Stage) -> None:
    """Let the lease of the killed worker end."""
    with stage.house.unit_of_work() as session:
        for row in session.query(Outbox).filter(Outbox.lease_owner.is_not(None)):
            row.lease_owner = row.lease_until = None


def test_revert_puts_back_what_was(stage: Stage) -> None:
    stage.start(LETTER)
    instance_id = stage.instance().id
    package = stage.package(LETTER)
    newer = redrawn(
        package,
        ('name="回信"', 'name="答复"'),
        ('id="overdue"', 'id="too_late"'),
        ('attachedToRef="answer_letter">', 'attachedToRef="answer_letter">'),
        ('sourceRef="overdue"', 'sourceRef="too_late"'),
        ('candidateGroups=\'=role("R-UADM"', 'candidateGroups=\'=role("R-UHR"'),
    )
    publish(stage, newer)
    tables = (UserTask, MessageSubscription, TaskSubmission)
    before, state = image(stage, instance_id, *tables), stage.instance()
    timers = {name: (t.due_at, t.deadline_id) for name, t in stage.timers().items()}
    groups = {(g.task_id, g.group_code) for g in stage.rows(TaskCandidate)}
    [row] = migrated(stage, LETTER)
    assert stage.task("answer_letter").name == "答复"
    assert set(stage.timers()) == {"remind", "too_late"}
    stage.wait(hours=1)

    stage.house.engine.revert_migration(row.id, reason="新图画错了", actor=stage.actor(FIRST))

    after = image(stage, instance_id, *tables)
    assert after["user_task"] == before["user_task"]
    assert {(g.task_id, g.group_code) for g in stage.rows(TaskCandidate)} == groups
    assert {n: (t.due_at, t.deadline_id) for n, t in stage.timers().items()} == timers
    open_deadlines = stage.rows(Deadline, Deadline.closed_at.is_(None))
    assert {each.id for each in open_deadlines} >= {each for _, each in timers.values()}
    instance = stage.instance()
    assert (instance.state, instance.bundle_id) == (state.state, state.bundle_id)
    assert stage.rows(InstanceMigration)[0].outcome == "reverted"
    with stage.house.unit_of_work() as session:
        assert broken_at(session, instance_id) is None
    stage.wait(days=8)
    stage.house.engine.fire_all_due()
    assert set(stage.timers()) == {"cooling_off"}


def test_revert_is_refused_once_the_case_has_moved(stage: Stage) -> None:
    several(stage, 1)
    [row] = migrated(stage, ROOM)
    engine = stage.house.engine
    with pytest.raises(NotAllowed):
        engine.revert_migration(row.id, reason="新图画错了", actor=stage.actor(ADMIN))
    stage.complete("check_application", AGREED, by=ADMIN)

    with pytest.raises(EngineError) as moved:
        engine.revert_migration(row.id, reason="新图画错了", actor=stage.actor(FIRST))

    assert moved.value.code == "migration.moved_since"
    assert stage.open_tasks() == ["second_look"]


def test_revert_keeps_a_claim_and_a_draft_made_since(stage: Stage) -> None:
    several(stage, 1)
    [row] = migrated(stage, ROOM)
    engine, task = stage.house.engine, stage.task("check_application")
    engine.claim(task.id, actor=stage.actor(ADMIN))
    engine.save_task_draft(task.id, {"opinion": "记下"}, actor=stage.actor(ADMIN))

    engine.revert_migration(row.id, reason="新图画错了", actor=stage.actor(FIRST))

    after = stage.task("check_application")
    assert after.assignee == stage.actor(ADMIN).account_id
    assert after.draft == {"opinion": "记下"}


def test_step_that_was_given_up_is_open_again_after_a_revert(stage: Stage) -> None:
    stage.start(LETTER)
    task = stage.task("answer_letter")
    package = inserted(stage.package(LETTER), "received_to_answer_letter", "register", "登记来信")
    publish(stage, package)
    [row] = migrated(stage, LETTER, sent_to={"answer_letter": "register"})
    assert (stage.open_tasks(), set(stage.timers())) == (["register"], set())

    stage.house.engine.revert_migration(row.id, reason="新图画错了", actor=stage.actor(FIRST))

    again = stage.task("answer_letter")
    assert (again.id, again.status, again.due_at) == (task.id, "open", task.due_at)
    assert set(stage.timers()) == {"remind", "overdue"}
    assert stage.open_tasks() == ["answer_letter"]
    stage.complete("answer_letter", by=ADMIN)
    assert stage.instance().status == "ended"


def test_person_completes_while_the_migration_runs(stage: Stage) -> None:
    """Whoever comes first: the act stands, nothing is lost, and the way is that of one drawing."""
    several(stage, 4)
    approved(stage, ROOM)
    tasks = [t.id for t in stage.rows(UserTask, UserTask.element_id == "check_application")]
    engine, actor = stage.house.engine, stage.actor(ADMIN)

    answers = at_once(
        [
            lambda: worked_off(stage),
            *[lambda t=t: engine.complete(t, AGREED, actor=actor) for t in tasks],
        ]
    )
    worked_off(stage)

    assert codes(answers) == []
    rows = stage.rows(InstanceMigration)
    for row in rows:
        opened = {
            task.element_id
            for task in stage.rows(UserTask, UserTask.instance_id == row.instance_id)
            if task.status == "open"
        }
        assert (row.outcome, opened) in [
            ("done", {"second_look"}),  # migrated first
            ("skipped", {"hand_over_book"}),  # completed first: the new step would be passed over
        ]
    handed_in = stage.rows(TaskSubmission, TaskSubmission.element_id == "check_application")
    assert len(handed_in) == 4


def test_two_migrations_at_once_move_each_case_once(stage: Stage) -> None:
    several(stage, 3)
    approved(stage, ROOM)
    approved(stage, ROOM, pilot=3)

    at_once([lambda: worked_off(stage), lambda: worked_off(stage)])
    rows = worked_off(stage)

    assert sorted(outcomes(rows)) == ["done"] * 3 + ["skipped"] * 3
    assert len(stage.rows(ActivityEvent, ActivityEvent.kind == "migrated")) == 3
    stage.complete("check_application", AGREED, by=PERSONNEL)
    assert "second_look" in stage.open_tasks()
