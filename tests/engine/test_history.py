"""The history of an instance: who did what when, in a chain that shows every later change."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from app.engine.history import broken_at
from app.engine.tables import ActivityEvent
from tests.engine.acts import APPLICATION, lent
from tests.engine.houses import ADMIN, APPLICANT, PERSONNEL, Stage


def lines(stage: Stage) -> list[ActivityEvent]:
    """Return the lines in order."""
    return sorted(stage.rows(ActivityEvent), key=lambda line: line.seq)


def broken(stage: Stage) -> int | None:
    """Return where the chain is broken."""
    with stage.house.unit_of_work() as session:
        return broken_at(session, stage.instance().id)


def test_lines_tell_the_whole_way_in_order(stage: Stage) -> None:
    lent(stage)

    done = [line.element_id for line in lines(stage) if line.kind == "completed"]

    assert done[:4] == ["applied", "determine_period", "check_application", "is_agreed"]
    assert done[-3:] == ["hand_over_book", "both_done", "lent"]
    assert [line.seq for line in lines(stage)] == list(range(1, len(lines(stage)) + 1))


def test_people_stand_beside_what_they_did(stage: Stage) -> None:
    lent(stage)

    who = {
        line.element_id: line.account_id
        for line in lines(stage)
        if line.kind == "completed" and line.element_kind in ("startEvent", "userTask")
    }

    assert who == {
        "applied": stage.actor(APPLICANT).account_id,
        "check_application": stage.actor(ADMIN).account_id,
        "hand_over_book": stage.actor(PERSONNEL).account_id,
    }


def test_untouched_chain_is_whole(stage: Stage) -> None:
    lent(stage)

    assert broken(stage) is None


@pytest.mark.parametrize(
    "change",
    [
        {"person_name": "别人"},
        {"kind": "cancelled"},
        {"element_name": "别的步骤"},
        {"clause": "别的条款"},
        {"organisation": "DW-001"},
        {"account_id": "x"},
        {"hash": "0" * 64},
        {"previous": "0" * 64},
    ],
)
def test_edited_line_is_found(stage: Stage, change: dict[str, str]) -> None:
    lent(stage)

    with stage.house.unit_of_work() as session:
        session.execute(update(ActivityEvent).where(ActivityEvent.seq == 5).values(**change))

    assert broken(stage) == 5


def test_deleted_line_is_found(stage: Stage) -> None:
    lent(stage)

    with stage.house.unit_of_work() as session:
        session.execute(delete(ActivityEvent).where(ActivityEvent.seq == 3))

    assert broken(stage) == 3


def test_deleted_line_with_the_rest_renumbered_is_found(stage: Stage) -> None:
    lent(stage)

    with stage.house.unit_of_work() as session:
        session.execute(delete(ActivityEvent).where(ActivityEvent.seq == 3))
        session.execute(update(ActivityEvent).where(ActivityEvent.seq == 4).values(seq=3))

    assert broken(stage) == 3


def test_line_moved_to_another_instance_is_found(stage: Stage) -> None:
    lent(stage)
    first = stage.instance().id
    stage.start("reading_room", APPLICATION)
    second = stage.instance().id

    with stage.house.unit_of_work() as session:
        session.execute(delete(ActivityEvent).where(ActivityEvent.instance_id == second))
        session.execute(
            update(ActivityEvent)
            .where(ActivityEvent.instance_id == first)
            .values(instance_id=second)
        )
        assert broken_at(session, second) == 1
