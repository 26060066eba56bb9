"""A schedule arrives while cases run: what moves, what stays, who is told, and what fires."""

from __future__ import annotations

from datetime import datetime
from threading import Thread

import pytest

from app.clock import local
from app.db import failpoints
from app.domain.audit.tables import AuditEntry
from app.domain.calendar import (
    CalendarVersion,
    Deadline,
    ScheduleFile,
    explain,
    load_calendar,
    recompute,
)
from app.domain.notifications.tables import Notification
from app.engine import calendar_verbs
from app.engine.affected import Preview, preview
from app.engine.calendar_verbs import Followed
from app.engine.history import broken_at
from app.engine.tables import ActivityEvent, Outbox
from app.errors import DomainError
from tests.engine.acts import AGREED, APPLICATION, REFUSED
from tests.engine.houses import ADMIN, APPLICANT, NOTE, PERSONNEL, Stage
from tests.schedules import override, rows_of_2027, schedule_file

BEFORE_SPRING = datetime.fromisoformat("2027-02-03T09:00:00+08:00")
AFTER_SPRING = datetime.fromisoformat("2027-02-19T09:00:00+08:00")
OPERATOR = "R-ADM@PLATFORM"


def load(stage: Stage, file: ScheduleFile | None = None) -> int | None:
    return stage.house.engine.load_schedule(
        file or schedule_file(rows_of_2027()), label="2027年", loaded_by="管理员",
        actor=stage.actor(OPERATOR),
    )  # fmt: skip


def follow(stage: Stage, **most: int) -> Followed:
    return stage.house.engine.follow_calendar(**most)


def ask(stage: Stage, file: ScheduleFile | None = None) -> Preview:
    with stage.house.unit_of_work() as session:
        asked = file or schedule_file(rows_of_2027())
        return preview(session, stage.house.tools, asked, now=stage.clock.now())


def day(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d}"


def notice_board(stage: Stage, start: datetime = BEFORE_SPRING) -> Deadline:
    stage.clock.move_to(start)
    stage.start("notice_board")
    return only_deadline(stage)


def only_deadline(stage: Stage) -> Deadline:
    [deadline] = stage.rows(Deadline, Deadline.closed_at.is_(None))
    return deadline


def announce(stage: Stage) -> None:
    with stage.house.unit_of_work() as session:
        for deadline in session.query(Deadline):
            deadline.announced = True


def test_asking_lists_the_deadline_and_changes_nothing(stage: Stage) -> None:
    notice_board(stage)

    found = ask(stage)

    [one] = found.moved
    assert one.case_no == stage.instance().business_key
    assert one.what == "听取异议、期满"
    assert (day(one.change.old_due_at), day(one.change.new_due_at)) == ("2027-02-17", "2027-02-19")
    assert (one.change.days, one.change.region) == (2, "450000")
    assert (one.change.was_provisional, one.change.provisional) == (True, False)
    assert [(who.words, who.template) for who in one.told] == [
        ("南宁邕流智能装备有限公司（虚构）单位管理员（经办人）", "W20")
    ]
    assert (found.staying, found.open, found.new) == (0, 1, True)
    assert only_deadline(stage).due_at == one.change.old_due_at
    assert stage.count(CalendarVersion, Notification) == (1, 0)


def test_applying_does_what_was_announced_to_every_copy(stage: Stage) -> None:
    notice_board(stage)
    [listed] = ask(stage).moved

    number = load(stage)
    followed = follow(stage)

    assert (number, followed) == (2, Followed(moved=1, instances=1, left=0, finished=True))
    deadline = only_deadline(stage)
    assert deadline.due_at == listed.change.new_due_at
    assert deadline.first_due_at == listed.change.old_due_at
    assert not deadline.provisional
    assert stage.timers()["notice_over"].due_at == deadline.due_at
    assert stage.task("hear_objection").due_at == deadline.due_at


def test_history_audit_and_notice_tell_of_it(stage: Stage) -> None:
    notice_board(stage)
    load(stage)
    follow(stage)

    [line] = stage.rows(ActivityEvent, ActivityEvent.kind == "recounted")
    assert (line.element_id, line.person_name) == ("hear_objection", None)
    assert line.reason == (
        "因放假安排调整，截止由2027年2月16日（星期二）24:00改为2027年2月18日（星期四）24:00"
    )
    with stage.house.unit_of_work() as session:
        assert broken_at(session, stage.instance().id) is None
    acts = {row.action: row for row in stage.rows(AuditEntry)}
    assert acts["recount"].object_id == stage.instance().id
    assert (acts["load_calendar"].object_id, acts["load_calendar"].reason) == ("2", "2027.csv")
    [notice] = stage.rows(Notification)
    assert (notice.channel, notice.to_code) == ("INBOX", ADMIN)
    assert "改为2027年2月18日" in notice.text


def test_the_holder_is_told_and_an_applicant_of_his_own_task(stage: Stage) -> None:
    stage.clock.move_to(BEFORE_SPRING)
    stage.start("reading_room", APPLICATION)
    admin = stage.actor(ADMIN)
    stage.house.engine.claim(stage.task("check_application").id, actor=admin)
    [one] = ask(stage).moved
    load(stage)
    follow(stage)

    assert [(who.account_id, who.words) for who in one.told] == [(admin.account_id, admin.name)]
    [notice] = stage.rows(Notification)
    assert (notice.to_kind, notice.to_code) == ("ACCOUNT", admin.account_id)


def test_an_announced_end_moves_later_and_the_applicant_is_told(stage: Stage) -> None:
    notice_board(stage)
    announce(stage)

    load(stage)
    follow(stage)

    assert day(only_deadline(stage).due_at) == "2027-02-19"
    told = stage.rows(Notification, Notification.template == "N11")
    assert {(row.to_code, row.channel) for row in told} == {
        (APPLICANT, "INBOX"), (APPLICANT, "SMS"),
    }  # fmt: skip
    texts = {row.channel: row.text for row in told}
    assert "公示时间改为2027-02-03至2027-02-18（5个工作日）" in texts["INBOX"]
    assert "最早可提交时间2027-02-19 00:00" in texts["INBOX"]
    assert "延至2027-02-18" in texts["SMS"]


def test_an_announced_end_never_moves_earlier(stage: Stage) -> None:
    notice_board(stage, AFTER_SPRING)
    announce(stage)
    before = only_deadline(stage)

    [one] = ask(stage).affected
    load(stage)
    followed = follow(stage)

    after = only_deadline(stage)
    assert (one.change.held, one.change.moved, followed.moved) == (True, False, 0)
    assert (after.due_at, after.first_due_at) == (before.due_at, None)
    assert not after.provisional
    assert stage.rows(Notification) == []
    with stage.house.unit_of_work() as session:
        calendar = load_calendar(session, after.calendar_version)
        assert "不再提前" in explain(after, calendar).note


def test_what_is_due_by_the_new_calendar_fires_in_order_of_due(stage: Stage) -> None:
    """A weekend is declared worked after it has passed: two ends come sooner and are over."""
    for start in ("2026-03-02", "2026-03-03"):
        stage.clock.move_to(datetime.fromisoformat(f"{start}T09:00:00+08:00"))
        stage.start("night_watch")
    stage.clock.move_to(datetime.fromisoformat("2026-03-09T12:00:00+08:00"))
    stage.house.engine.fire_all_due()
    assert "nagged" not in stage.notes()

    load(stage, schedule_file(override("2026-03-07", "2026-03-08", day_type="work")))
    followed = follow(stage)

    assert followed.moved == 2
    nagged = [row.payload for row in stage.rows(Outbox, Outbox.kind == NOTE)]
    fired = [each["at"] for each in nagged if each["text"] == "nagged"]
    assert fired == ["2026-03-07T16:00:00+00:00", "2026-03-08T16:00:00+00:00"]


def test_loading_again_changes_nothing(stage: Stage) -> None:
    notice_board(stage)
    load(stage)
    follow(stage)
    before = stage.count(CalendarVersion, Notification, ActivityEvent, AuditEntry)

    assert load(stage) is None
    assert follow(stage) == Followed()

    assert stage.count(CalendarVersion, Notification, ActivityEvent, AuditEntry) == before
    assert ask(stage).new is False


def test_a_crash_between_two_instances_is_resumed(stage: Stage) -> None:
    stage.clock.move_to(BEFORE_SPRING)
    for _ in range(3):
        stage.start("notice_board")
    load(stage)

    follow(stage, most=1)
    with pytest.raises(KeyboardInterrupt):
        _interrupted(stage, at=3)

    moved = [day(row.due_at) for row in stage.rows(Deadline)]
    assert (
        sorted(moved) == ["2027-02-18", "2027-02-19", "2027-02-19"] or moved.count("2027-02-19") < 3
    )
    followed = follow(stage)
    assert followed.finished
    assert [day(row.due_at) for row in stage.rows(Deadline)] == ["2027-02-19"] * 3
    assert len(stage.rows(Notification)) == 3
    assert stage.rows(CalendarVersion, CalendarVersion.followed_at.is_(None)) == []


def _interrupted(stage: Stage, *, at: int) -> None:
    """Follow until the process dies before a commit."""
    seen = iter(range(1, 100))

    def die(name: str) -> None:
        if name == "before_commit" and next(seen) == at:
            raise KeyboardInterrupt

    failpoints.arm(die)
    try:
        follow(stage)
    finally:
        failpoints.arm(lambda name: None)


def test_a_case_that_cannot_follow_holds_up_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.clock.move_to(BEFORE_SPRING)
    stage.start("notice_board")
    first = stage.instance().id
    stage.start("notice_board")
    load(stage)

    real = calendar_verbs.recount

    def broken(session: object, tools: object, instance_id: str, **more: object) -> int:
        if instance_id == first:
            raise RuntimeError("broken")
        return real(session, tools, instance_id, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(calendar_verbs, "recount", broken)
        followed = follow(stage)
    assert followed == Followed(moved=1, instances=1, left=1, finished=False)

    assert follow(stage) == Followed(moved=1, instances=1, left=0, finished=True)


def test_a_repeating_timer_follows_with_the_turn_that_waits(stage: Stage) -> None:
    stage.clock.move_to(BEFORE_SPRING)
    stage.start("night_watch")
    bell = stage.timers()["bell"].due_at

    load(stage)
    follow(stage)

    assert day(stage.timers()["nag"].due_at) == "2027-02-19"
    assert stage.timers()["bell"].due_at == bell
    stage.clock.move_to(datetime.fromisoformat("2027-02-26T12:00:00+08:00"))
    stage.house.engine.fire_all_due()
    assert "nagged" in stage.notes()


def test_closed_and_plain_deadlines_are_untouched(stage: Stage) -> None:
    stage.clock.move_to(BEFORE_SPRING)
    stage.start("slow_letter")
    stage.start("reading_room", APPLICATION)
    stage.complete("check_application", REFUSED, by=ADMIN)
    before = [(row.id, row.due_at, row.calendar_version) for row in stage.rows(Deadline)]

    load(stage)

    assert follow(stage).moved == 0
    assert [(row.id, row.due_at, row.calendar_version) for row in stage.rows(Deadline)] == before


def test_an_emergency_order_moves_only_its_region(stage: Stage) -> None:
    notice_board(stage, datetime.fromisoformat("2026-03-02T09:00:00+08:00"))
    order = schedule_file(override("2026-03-04", "2026-03-05"), "typhoon.csv")

    assert [one.change.days for one in ask(stage, order).moved] == [2]
    [changed, _] = ask(stage, order).days
    assert (changed.region, changed.works, changed.provisional) == ("450000", False, False)
    load(stage, order)
    follow(stage)
    assert day(only_deadline(stage).due_at) == "2026-03-12"

    undone = schedule_file(override("2026-03-04", "2026-03-05", day_type="work"), "typhoon.csv")
    load(stage, undone)
    follow(stage)

    assert day(only_deadline(stage).due_at) == "2026-03-10"
    assert only_deadline(stage).first_due_at is None


def test_a_bad_file_loads_nothing_and_the_refusal_is_on_record(stage: Stage) -> None:
    bad = schedule_file([{**rows_of_2027()[0], "day_type": "rest"}])

    with pytest.raises(DomainError, match="bad_schedule"):
        load(stage, bad)

    assert stage.count(CalendarVersion) == (1,)
    [entry] = stage.rows(AuditEntry, AuditEntry.action == "load_calendar")
    assert (entry.outcome, entry.reason) == ("refused", "calendar.bad_schedule")


def test_nothing_is_left_to_recompute_afterwards(stage: Stage) -> None:
    stage.clock.move_to(BEFORE_SPRING)
    for key in ("notice_board", "night_watch", "slow_letter"):
        stage.start(key)
    stage.start("reading_room", APPLICATION, by=APPLICANT)
    stage.complete(
        "check_application",
        AGREED,
        by=PERSONNEL,
    )
    load(stage)
    follow(stage)

    with stage.house.unit_of_work() as session:
        assert recompute(session, load_calendar(session), now=stage.clock.now()) == []


def test_a_period_opened_while_a_schedule_is_loaded_follows_it(stage: Stage) -> None:
    """The loading waits for the transaction that opens, or the period would be forgotten."""
    stage.clock.move_to(BEFORE_SPRING)
    stage.publish("notice_board")
    case_id, person = stage.draft("notice_board"), stage.actor(APPLICANT)
    loading = Thread(target=load, args=(stage,))

    def begin_loading(name: str) -> None:
        if name == "before_commit" and not loading.ident:
            loading.start()
            loading.join(0.3)
            assert loading.is_alive()

    failpoints.arm(begin_loading)
    try:
        stage.house.engine.start(case_id, {"note": "开始"}, actor=person)
    finally:
        failpoints.arm(lambda name: None)
    loading.join(10)

    assert follow(stage) == Followed(moved=1, instances=1)
    assert day(only_deadline(stage).due_at) == "2027-02-19"
