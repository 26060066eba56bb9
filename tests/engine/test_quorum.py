"""Three of five: the third vote ends it early, the others' tasks, deadlines and reminders go."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from app.domain.calendar import Deadline
from app.engine.tables import CANCELLED, OPEN, ActivityEvent, TaskCandidate, UserTask
from app.errors import AppError
from tests.engine.acts import retry
from tests.engine.houses import APPLICANT, Stage

SEATS = ["R-UADM@DW-002", "R-UHR@DW-002", "R-UHEAD@DW-002", "R-UADM@DW-001", "R-UHR@DW-001"]
DRAWING = "workflows/five_seats/five_seats.bpmn"
BY_RESULT = '=count(votes[item = "YES"]) &gt;= 3'
BY_COUNT = "=numberOfCompletedInstances &gt;= 3"
BY_REST = "=numberOfInstances - numberOfActiveInstances &gt;= 3"


def table(stage: Stage, condition: str = BY_RESULT, *, in_turn: bool = False) -> Stage:
    """Put the question to the five."""
    package = stage.package("five_seats")
    drawn = package.files[DRAWING].replace(BY_RESULT, condition)
    drawn = drawn.replace('isSequential="false"', f'isSequential="{str(in_turn).lower()}"')
    edited = replace(package, files={**package.files, DRAWING: drawn})
    stage.house.engine.publish(edited, published_by="tests")
    case_id = stage.draft("five_seats")
    stage.house.engine.start(case_id, {"note": "议题"}, actor=stage.actor(APPLICANT))
    return stage


def task_of(stage: Stage, seat: str) -> UserTask:
    """Return the newest voting task of a seat."""
    [candidate] = stage.rows(
        TaskCandidate,
        TaskCandidate.group_code == seat,
        TaskCandidate.task_id.in_(_ids(stage, UserTask.element_id == "cast_vote")),
    )
    [task] = stage.rows(UserTask, UserTask.id == candidate.task_id)
    return task


def _ids(stage: Stage, *where: Any) -> list[str]:
    return [row.id for row in stage.rows(UserTask, *where)]


def vote(stage: Stage, seat: str, said: str = "YES") -> None:
    stage.house.engine.complete(task_of(stage, seat).id, {"vote": said}, actor=stage.actor(seat))


def inbox(stage: Stage) -> list[str]:
    """Return the groups that still have a vote to cast."""
    waiting = _ids(stage, UserTask.element_id == "cast_vote", UserTask.status == OPEN)
    return [row.group_code for row in stage.rows(TaskCandidate, TaskCandidate.task_id.in_(waiting))]


def votes(stage: Stage) -> list[str | None]:
    found: list[str | None] = json.loads(stage.instance().state)["scopes"]["root"]["vars"]["votes"]
    return found


@pytest.mark.parametrize("condition", [BY_RESULT, BY_COUNT, BY_REST])
def test_third_of_five_ends_it_and_takes_the_rest_away(stage: Stage, condition: str) -> None:
    table(stage, condition)
    assert sorted(inbox(stage)) == sorted(SEATS)
    for seat in (SEATS[4], SEATS[0]):
        vote(stage, seat)
    assert len(inbox(stage)) == 3

    vote(stage, SEATS[2])

    assert (inbox(stage), stage.open_tasks(), stage.incidents()) == ([], ["announce"], [])
    assert votes(stage) == ["YES", None, "YES", None, "YES"]
    statuses = Counter(
        task.status for task in stage.rows(UserTask, UserTask.element_id == "cast_vote")
    )
    assert statuses == {"completed": 3, CANCELLED: 2}
    [open_deadline] = stage.rows(Deadline, Deadline.closed_at.is_(None))
    assert open_deadline.kind.startswith("task:announce")
    assert stage.timers() == {}


def test_each_is_asked_and_only_who_voted_is_told_so(stage: Stage) -> None:
    table(stage)
    for seat in SEATS[:3]:
        vote(stage, seat)

    assert Counter(stage.notes()) == {"asked": 5, "voted": 3}
    told = stage.rows(ActivityEvent, ActivityEvent.element_id == "cast_vote")
    assert Counter(event.kind for event in told) == {"entered": 5, "completed": 3, "cancelled": 2}


def test_vote_that_comes_too_late_is_refused(stage: Stage) -> None:
    table(stage)
    late = task_of(stage, SEATS[3]).id
    for seat in SEATS[:3]:
        vote(stage, seat)

    with pytest.raises(AppError) as refused:
        stage.house.engine.complete(late, {"vote": "YES"}, actor=stage.actor(SEATS[3]))

    assert refused.value.code == "engine.task_cancelled"


def test_votes_against_do_not_count_and_all_five_are_heard(stage: Stage) -> None:
    table(stage)

    for seat, said in zip(SEATS, ["YES", "NO", "NO", "YES", "NO"], strict=True):
        vote(stage, seat, said)

    assert votes(stage) == ["YES", "NO", "NO", "YES", "NO"]
    assert stage.open_tasks() == ["announce"]


@pytest.mark.parametrize("condition", [BY_RESULT, BY_COUNT])
def test_in_turn_the_third_yes_means_the_others_are_never_asked(
    stage: Stage, condition: str
) -> None:
    table(stage, condition, in_turn=True)
    asked = []
    while inbox(stage):
        asked += inbox(stage)
        vote(stage, asked[-1])

    assert asked == SEATS[:3]
    assert Counter(stage.notes()) == {"asked": 3, "voted": 3}
    assert votes(stage) == ["YES", "YES", "YES", None, None]
    assert stage.open_tasks() == ["announce"]


def test_reminder_of_the_vote_ends_with_it(stage: Stage) -> None:
    table(stage)
    for seat in SEATS[:3]:
        vote(stage, seat)
    stage.wait(days=3)

    assert stage.house.engine.fire_all_due() == 0


def test_condition_that_is_no_answer_is_repaired_without_a_second_vote(stage: Stage) -> None:
    stage.workshop.desk["enough"] = "soon"
    table(stage, "=desk.enough")
    vote(stage, SEATS[0])
    [incident] = stage.incidents()
    assert incident.evidence["attribute"] == "completionCondition"

    stage.workshop.desk["enough"] = True
    retry(stage)

    assert (inbox(stage), stage.open_tasks()) == ([], ["announce"])
    assert votes(stage) == ["YES", None, None, None, None]
