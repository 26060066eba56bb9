"""Running instances go over to a newer bundle: what stays, what changes, what stands in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.calendar import Deadline
from app.engine.history import broken_at
from app.engine.migrating.tables import InstanceMigration
from app.engine.package import Package
from app.engine.tables import (
    OPEN,
    ActivityEvent,
    DecisionRecord,
    MessageSubscription,
    TaskCandidate,
    TaskSubmission,
    Timer,
    UserTask,
)
from app.errors import EngineError
from tests.engine.acts import AGREED, APPLICATION, checked
from tests.engine.houses import ADMIN, PERSONNEL, Stage
from tests.engine.migrations import (
    FIRST,
    WHY,
    image,
    inserted,
    migrated,
    outcomes,
    plans,
    publish,
    redrawn,
)
from tests.engine.test_bundles import changed

RULES = "workflows/reading_room/reading_room.dmn"
UNTIL_APRIL = (
    '[date("2026-01-01")..date("2026-03-31")]</text></inputEntry><inputEntry id="short_2026_i1">'
)
SINCE_APRIL = '&gt;= date("2026-04-01")</text></inputEntry><inputEntry id="long_2026_i1">'
OF_INSTANCE = (UserTask, Timer, MessageSubscription, ActivityEvent, TaskSubmission)
ROOM, LETTER = "reading_room", "slow_letter"


def flow(source: str, target: str) -> str:
    return f'sourceRef="{source}" targetRef="{target}"'


def groups_of(stage: Stage, task: UserTask) -> set[str]:
    rows = stage.rows(TaskCandidate, TaskCandidate.task_id == task.id)
    return {row.group_code for row in rows}


def second_look(package: Package) -> Package:
    """Insert a task right behind the check."""
    return inserted(package, "check_application_to_is_agreed", "second_look", "法制审核")


# Steps that are new


def test_case_before_an_inserted_step_will_pass_it(stage: Stage) -> None:
    stage.start(ROOM, APPLICATION)
    publish(stage, second_look(stage.package(ROOM)))
    [plan] = plans(stage, ROOM)
    assert (plan.verdict, plan.skipped) == ("ready", ())

    assert outcomes(migrated(stage, ROOM)) == ["done"]

    stage.complete("check_application", AGREED, by=ADMIN)
    assert stage.open_tasks() == ["second_look"]
    stage.complete("second_look", by=ADMIN)
    stage.complete("hand_over_book", by=PERSONNEL)
    assert stage.instance().status == "ended"
    assert broken_at_all(stage) == [None]


def broken_at_all(stage: Stage) -> list[int | None]:
    with stage.house.unit_of_work() as session:
        return [broken_at(session, stage.instance().id)]


def test_step_inserted_behind_what_is_done_is_named_and_must_be_accepted(stage: Stage) -> None:
    checked(stage)
    publish(stage, second_look(stage.package(ROOM)))

    [plan] = plans(stage, ROOM)
    assert (plan.verdict, plan.skipped) == ("skips", ("法制审核",))
    [accepted] = plans(stage, ROOM, accept_skipped=True)
    assert (accepted.verdict, accepted.skipped) == ("ready", ("法制审核",))

    [row] = migrated(stage, ROOM, accept_skipped=True)
    assert row.outcome == "done"
    assert "“法制审核”不再经过" in row.said
    assert stage.open_tasks() == ["hand_over_book"]


def test_token_can_be_sent_to_the_inserted_step_instead(stage: Stage) -> None:
    stage.start(LETTER)
    stage.wait(days=8)
    stage.house.engine.fire_all_due()
    stage.wait(days=8)
    stage.house.engine.fire_all_due()
    assert stage.open_tasks() == ["close_letter"]
    package = inserted(stage.package(LETTER), "note_overdue_to_close_letter", "legal", "法制审核")
    publish(stage, package)
    assert plans(stage, LETTER)[0].skipped == ("法制审核",)

    [row] = migrated(stage, LETTER, sent_to={"close_letter": "legal"})

    assert row.outcome == "done"
    assert stage.open_tasks() == ["legal"]
    assert [
        task.status for task in stage.rows(UserTask, UserTask.element_id == "close_letter")
    ] == ["cancelled"]
    stage.complete("legal", by=ADMIN)
    stage.complete("close_letter", by=ADMIN)
    assert stage.instance().status == "ended"


# What tasks become


def test_task_takes_name_groups_and_form_of_the_new_bundle_and_keeps_draft_and_due_date(
    stage: Stage,
) -> None:
    stage.start(ROOM, APPLICATION)
    task = stage.task("check_application")
    stage.house.engine.claim(task.id, actor=stage.actor(PERSONNEL))
    draft = {"opinion": "先记一笔", "seen_number": "45"}
    stage.house.engine.save_task_draft(task.id, draft, actor=stage.actor(PERSONNEL))
    package = redrawn(
        stage.package(ROOM),
        ('name="核对申请"', 'name="初步核对"'),
        (
            'candidateGroups=\'=[role("R-UADM", path.unit), role("R-UHR", path.unit)]\'',
            "candidateGroups='=role(\"R-UADM\", path.unit)'",
        ),
    )
    form = "forms/reading_room/check.form"
    publish(stage, changed(package, form, '"key": "seen_number"', '"key": "seen_paper"'))

    [plan] = plans(stage, ROOM)
    told = "".join(plan.effects)
    for part in ("“核对申请”改称“初步核对”", "改由", "改用新表单", "所见证件号", "签收退回"):
        assert part in told, part
    before = stage.task("check_application")
    migrated(stage, ROOM)

    after = stage.task("check_application")
    assert (after.id, after.name, after.status) == (task.id, "初步核对", OPEN)
    assert groups_of(stage, after) == {ADMIN}
    assert (after.due_at, after.deadline_id) == (before.due_at, before.deadline_id)
    assert after.draft == draft
    assert after.assignee is None  # the personnel officer is in none of the new groups
    stage.complete("check_application", {"outcome": "AGREE", "opinion": "同意"}, by=ADMIN)
    assert stage.open_tasks() == ["hand_over_book"]


def test_renamed_element_keeps_its_place_its_rules_and_its_submissions(stage: Stage) -> None:
    checked(stage)
    package = redrawn(stage.package(ROOM), ("check_application", "look_at_application"))
    publish(stage, package)

    rows = migrated(
        stage, ROOM, renamed={"check_application": "look_at_application"}, accept_skipped=False
    )

    assert outcomes(rows) == ["done"]
    # Who checked may not hand over: the rule finds the task under its former name.
    with pytest.raises(EngineError) as refused:
        stage.complete("hand_over_book", by=ADMIN)
    assert refused.value.code == "engine.same_person"
    stage.complete("hand_over_book", by=PERSONNEL)
    assert stage.instance().status == "ended"


def test_renamed_waiting_task_goes_on_under_its_new_name(stage: Stage) -> None:
    stage.start(ROOM, APPLICATION)
    package = redrawn(stage.package(ROOM), ("check_application", "look_at_application"))
    publish(stage, package)
    [plan] = plans(stage, ROOM)
    assert plan.verdict == "blocked"
    assert "没有这个元素" in plan.reasons[0]

    migrated(stage, ROOM, renamed={"check_application": "look_at_application"})

    assert stage.open_tasks() == ["look_at_application"]
    stage.complete("look_at_application", AGREED, by=ADMIN)
    assert stage.open_tasks() == ["hand_over_book"]


# Time


def test_timers_keep_their_instants_new_ones_begin_now_and_removed_ones_are_closed(
    stage: Stage,
) -> None:
    stage.start(LETTER)
    stage.wait(days=4)
    stage.house.engine.fire_all_due()  # the reminder has fired
    before = stage.timers()["overdue"]
    notice = (
        '<bpmn:boundaryEvent id="second_notice" name="再提醒" attachedToRef="answer_letter" '
        'cancelActivity="false"><bpmn:timerEventDefinition><bpmn:timeDuration>P2D'
        "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
        '<bpmn:endEvent id="noticed" name="已再提醒" />'
        '<bpmn:sequenceFlow id="to_noticed" sourceRef="second_notice" targetRef="noticed" />'
    )
    package = stage.package(LETTER)
    longer = redrawn(
        package,
        ("P7D", "P9D"),
        ('<bpmn:endEvent id="answered"', notice + '<bpmn:endEvent id="answered"'),
    )
    publish(stage, longer)

    [row] = migrated(stage, LETTER)

    assert row.outcome == "done"
    timers = stage.timers()
    assert set(timers) == {"overdue", "second_notice"}  # and the reminder is not armed again
    assert timers["overdue"].due_at == before.due_at
    assert timers["second_notice"].due_at == stage.clock.now() + timedelta(days=2)
    assert "新增计时“再提醒”" in row.said

    bare = redrawn(longer, (notice, ""))
    publish(stage, bare)
    rows = migrated(stage, LETTER)
    assert outcomes(rows) == ["done", "done"]
    assert set(stage.timers()) == {"overdue"}
    [closed] = stage.rows(Timer, Timer.element_id == "second_notice")
    [deadline] = stage.rows(Deadline, Deadline.id == closed.deadline_id)
    assert deadline.closed_at == stage.clock.now()
    stage.wait(days=4)
    stage.house.engine.fire_all_due()
    assert stage.timers().keys() == {"cooling_off"}


def test_what_is_due_fires_before_the_instance_is_moved(stage: Stage) -> None:
    stage.start(LETTER)
    publish(stage, redrawn(stage.package(LETTER), ("归档", "存档")))
    stage.wait(days=8)

    [row] = migrated(stage, LETTER)

    assert row.outcome == "done"
    assert stage.timers().keys() == {"cooling_off"}


def test_law_stays_that_of_the_day_of_the_case(stage: Stage) -> None:
    """The new bundle decides later, and knows a newer law: an older case keeps its own."""
    later = redrawn(
        stage.package(ROOM),
        (flow("applied", "determine_period"), flow("applied", "check_application")),
        (flow("determine_period", "check_application"), flow("determine_period", "is_agreed")),
        (flow("check_application", "is_agreed"), flow("check_application", "determine_period")),
    )
    since_2026 = '&gt;= date("2026-01-01")</text></inputEntry><inputEntry id="{}">'
    for old, new in (
        (since_2026.format("long_2026_i1"), SINCE_APRIL),
        (since_2026.format("short_2026_i1"), UNTIL_APRIL),
        ("<text>&gt; 10</text>", "<text>-</text>"),
        ("P10D", "P99D"),
    ):
        later = changed(later, RULES, old, new)
    stage.start(ROOM, APPLICATION)  # in March
    stage.wait(days=60)
    publish(stage, later)
    case = stage.case(stage.instance().case_id or "")

    rows = migrated(stage, ROOM)
    stage.complete("check_application", AGREED, by=ADMIN)

    assert outcomes(rows) == ["done"]
    decided = stage.rows(DecisionRecord, DecisionRecord.decision_id == "lending_period")
    assert [row.output for row in decided] == ["P7D", "P7D"]
    assert decided[1].bundle_id == stage.instance().bundle_id != decided[0].bundle_id
    assert stage.case(case.id).rule_version == case.rule_version
    assert stage.case(case.id).bundle_id == stage.instance().bundle_id


# What waits for messages


def test_subscription_takes_the_new_name_and_key(stage: Stage) -> None:
    stage.start("post_room")
    package = redrawn(
        stage.package("post_room"),
        (
            '<bpmn:message id="withdrawal" name="withdrawal">\n    <bpmn:extensionElements>'
            "<zeebe:subscription correlationKey='=case.no' />",
            '<bpmn:message id="withdrawal" name="taken_back">\n    <bpmn:extensionElements>'
            "<zeebe:subscription correlationKey='=\"T\" + case.no' />",
        ),
    )
    publish(stage, package)

    [row] = migrated(stage, "post_room")

    assert row.outcome == "done", row.said
    waiting = stage.subscriptions()["withdrawn"]
    number = stage.instance().business_key
    assert (waiting.name, waiting.correlation_key) == ("taken_back", f"T{number}")
    assert stage.house.engine.correlate("withdrawal", number) == 0
    assert stage.house.engine.correlate("taken_back", f"T{number}") == 1


# What stands in the way


def test_open_incident_and_suspension_block(stage: Stage) -> None:
    stage.start(ROOM, APPLICATION)
    publish(stage, second_look(stage.package(ROOM)))
    stage.house.engine.suspend(stage.instance().id, reason=WHY, actor=stage.actor(FIRST))
    [suspended] = plans(stage, ROOM)
    assert suspended.verdict == "blocked"
    assert "暂停" in suspended.reasons[0]
    stage.house.engine.resume(stage.instance().id, reason=WHY, actor=stage.actor(FIRST))
    assert plans(stage, ROOM)[0].verdict == "ready"

    def fail() -> None:
        raise EngineError("engine.incident_resolved")

    stage.workshop.broken = fail
    stage.start("toll_gate")
    stage.complete("pay_toll", by=ADMIN)
    publish(stage, redrawn(stage.package("toll_gate"), ("抬杆", "升杆")))
    [stuck] = plans(stage, "toll_gate")
    assert (stuck.verdict, len(stage.incidents())) == ("blocked", 1)
    assert "“抬杆”有未处理的异常" in stuck.reasons[0]


def test_step_that_is_being_tried_again_blocks(stage: Stage) -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    stage.start(ROOM, APPLICATION)
    stage.workshop.broken, stage.workshop.breaks_at = fail, "reserved"
    stage.complete("check_application", AGREED, by=ADMIN)
    publish(stage, redrawn(stage.package(ROOM), ("已借出", "借出")))

    [plan] = plans(stage, ROOM)

    assert plan.verdict == "blocked"
    assert "正在重试" in plan.reasons[0]


def test_background_work_of_a_changed_operation_blocks_until_it_is_done(stage: Stage) -> None:
    stage.start("print_shop")
    package = stage.package("print_shop")
    publish(stage, redrawn(package, ('type="press.print"', 'type="note.take"')))

    [plan] = plans(stage, "print_shop")

    assert plan.verdict == "blocked"
    assert "后台任务" in plan.reasons[0]


def test_blocked_instances_stay_as_they_are_byte_for_byte(stage: Stage) -> None:
    stage.start(ROOM, APPLICATION)
    stage.start(LETTER)
    publish(stage, redrawn(stage.package(LETTER), ("answer_letter", "reply_letter")))
    stage.draft(LETTER)
    before = image(stage, stage.instance().id, *OF_INSTANCE)
    case_id = stage.draft(LETTER)
    stage.house.engine.start(case_id, {"note": "开始"}, actor=stage.actor("P001"))
    publish(
        stage, redrawn(stage.package(LETTER), ("answer_letter", "reply_letter"), ("回信", "答复"))
    )

    rows = migrated(stage, LETTER)

    [blocked] = [row for row in rows if row.outcome == "skipped"]
    assert "没有这个元素" in blocked.said
    assert image(stage, blocked.instance_id, *OF_INSTANCE) == before
    assert outcomes(rows).count("done") == 1


def test_unchanged_ones_only_get_the_new_version(stage: Stage) -> None:
    stage.start(LETTER)
    stage.wait(days=8)
    stage.house.engine.fire_all_due()
    package = stage.package(LETTER)
    publish(stage, redrawn(package, ("回信", "答复")))  # behind the case
    [plan] = plans(stage, LETTER)
    assert plan.verdict == "unchanged"
    before = image(stage, stage.instance().id, Timer, UserTask)

    rows = migrated(stage, LETTER)

    assert outcomes(rows) == ["done"]
    after = image(stage, stage.instance().id, Timer, UserTask)
    assert after["timer"] == before["timer"]
    assert after["user_task"] == before["user_task"]


def test_second_migration_finds_nothing_to_do(stage: Stage) -> None:
    stage.start(LETTER)
    publish(stage, redrawn(stage.package(LETTER), ("回信", "答复")))
    migrated(stage, LETTER)

    assert plans(stage, LETTER) == []
    assert stage.count(InstanceMigration) == (1,)


def test_changed_rule_is_a_change(stage: Stage) -> None:
    stage.start(ROOM, APPLICATION)
    publish(stage, changed(stage.package(ROOM), RULES, "P10D", "P12D"))

    [plan] = plans(stage, ROOM)

    assert plan.verdict == "ready"
    assert "规则" in "".join(plan.effects)


def test_timers_are_closed_also_by_a_drawing_without_any(stage: Stage) -> None:
    stage.start(LETTER)
    package = stage.package(LETTER)
    text = package.files[f"workflows/{LETTER}/{LETTER}.bpmn"]
    start, end = text.index("<bpmn:boundaryEvent"), text.index('<bpmn:endEvent id="answered"')
    first = text.index('<bpmn:sequenceFlow id="remind_to_note_reminder"')
    last = text.index("</bpmn:process>")
    bare = redrawn(
        package,
        (text[first:last], ""),
        (text[start:end], ""),
        ('<bpmn:endEvent id="reminded" name="已提醒" />', ""),
        ('<bpmn:endEvent id="closed" name="已归档" />', ""),
    )
    publish(stage, bare)

    [row] = migrated(stage, LETTER)

    assert row.outcome == "done", row.said
    assert "“提醒”关闭" in row.said
    assert stage.timers() == {}
    stage.wait(days=30)
    stage.house.engine.fire_all_due()
    stage.complete("answer_letter", by=ADMIN)
    assert stage.instance().status == "ended"
