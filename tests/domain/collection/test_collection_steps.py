"""A collection item from its opening to online, on time and late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import SHANGHAI
from app.domain.calendar import Deadline, close_deadline
from app.domain.collection import (
    CollectionEvent,
    CollectionItem,
    CollectionState,
    HandIn,
    accept,
    collection_facts,
    go_online,
    hand_back,
    hand_in,
    is_collected,
    mark_late,
    open_item,
)
from app.domain.titles.tables import TitleRecord
from app.errors import DomainError
from tests.domain.collection.conftest import APPROVED, CASE, CITY, COUNTY, OFFICER, RECEIVER

S = CollectionState
IN_TIME = datetime(2020, 5, 18, 23, 59, 59, tzinfo=SHANGHAI)
TOO_LATE = datetime(2020, 5, 19, tzinfo=SHANGHAI)
Act = Callable[[Session, CollectionItem], None]
ACTS: dict[str, Act] = {
    "hand_in": lambda s, i: hand_in(s, i, HandIn(), doer=OFFICER, now=IN_TIME),
    "mark_late": lambda s, i: mark_late(s, i, doer=OFFICER, now=TOO_LATE),
    "hand_back": lambda s, i: hand_back(s, i, reason="核对专业", doer=RECEIVER, now=IN_TIME),
    "accept": lambda s, i: accept(s, i, doer=RECEIVER, now=IN_TIME),
    "go_online": lambda s, i: go_online(s, i, doer=RECEIVER, now=IN_TIME),
}
PATHS: dict[S, tuple[str, ...]] = {
    S.OPEN: (),
    S.SUBMITTED: ("hand_in",),
    S.RETURNED: ("hand_in", "hand_back"),
    S.ACCEPTED: ("hand_in", "accept"),
    S.ONLINE: ("hand_in", "accept", "go_online"),
}
ALLOWED: dict[str, dict[S, S]] = {
    "hand_in": {S.OPEN: S.SUBMITTED, S.RETURNED: S.SUBMITTED},
    "mark_late": {S.OPEN: S.OPEN, S.RETURNED: S.RETURNED},
    "hand_back": {S.SUBMITTED: S.RETURNED},
    "accept": {S.SUBMITTED: S.ACCEPTED},
    "go_online": {S.ACCEPTED: S.ONLINE},
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", S)
def test_each_state_allows_its_steps_and_no_others(
    session: Session, item: CollectionItem, state: S, act: str
) -> None:
    for step in PATHS[state]:
        ACTS[step](session, item)
    wanted = ALLOWED[act].get(state)
    if wanted is None:
        with pytest.raises(DomainError) as error:
            ACTS[act](session, item)
        assert error.value.code == "collection.wrong_state"
        assert item.state == state
    else:
        ACTS[act](session, item)
        assert item.state == wanted


@pytest.mark.req("R27")
def test_data_are_due_five_working_days_after_the_approval(item: CollectionItem) -> None:
    assert item.due_on == date(2020, 5, 18)


@pytest.mark.req("R28")
def test_a_late_item_needs_a_reason_and_is_then_taken_and_flagged(
    session: Session, item: CollectionItem
) -> None:
    with pytest.raises(DomainError) as error:
        hand_in(session, item, HandIn(late_reason="  "), doer=OFFICER, now=TOO_LATE)
    assert error.value.code == "collection.late_needs_reason"
    assert item.state == S.OPEN

    hand_in(session, item, HandIn(late_reason="经办人出差"), doer=OFFICER, now=TOO_LATE)

    assert (item.state, item.late, item.late_reason) == (S.SUBMITTED, True, "经办人出差")


@pytest.mark.req("R28")
def test_the_last_second_of_the_last_day_is_in_time(session: Session, item: CollectionItem) -> None:
    hand_in(session, item, HandIn(), doer=OFFICER, now=IN_TIME)

    assert (item.late, item.late_reason, item.submitted_at) == (False, None, IN_TIME)


def test_the_three_time_stamps_are_those_of_the_three_steps(
    session: Session, item: CollectionItem
) -> None:
    hand_in(
        session, item, HandIn("", "桂职办〔2020〕9号", date(2020, 5, 8)), doer=OFFICER, now=APPROVED
    )
    accept(session, item, doer=RECEIVER, now=IN_TIME)
    assert is_collected(session, CASE)
    go_online(session, item, doer=RECEIVER, now=TOO_LATE)

    assert (item.submitted_at, item.accepted_at, item.online_at) == (APPROVED, IN_TIME, TOO_LATE)
    facts = collection_facts(session, CASE, now=TOO_LATE)
    assert (facts["confirm_notice_no"], facts["confirm_notice_on"]) == (
        "桂职办〔2020〕9号", "2020-05-08",
    )  # fmt: skip
    assert is_collected(session, CASE)


def test_a_returned_item_keeps_its_due_date_and_tells_the_reason(
    session: Session, item: CollectionItem
) -> None:
    deadline = session.get_one(Deadline, item.deadline_id)
    due_at = deadline.due_at
    hand_in(session, item, HandIn(), doer=OFFICER, now=APPROVED)
    close_deadline(deadline, now=APPROVED)
    with pytest.raises(DomainError) as error:
        hand_back(session, item, reason=" ", doer=RECEIVER, now=IN_TIME)
    assert error.value.code == "collection.return_needs_reason"

    hand_back(session, item, reason="核对专业名称", doer=RECEIVER, now=IN_TIME)

    assert (deadline.closed_at, deadline.due_at, item.due_on) == (None, due_at, date(2020, 5, 18))
    facts = collection_facts(session, CASE, now=TOO_LATE)
    assert (facts["return_reason"], facts["overdue"]) == ("核对专业名称", True)
    assert not is_collected(session, CASE)


def test_a_submitted_item_is_not_overdue_whatever_its_receiver_does(
    session: Session, item: CollectionItem
) -> None:
    hand_in(session, item, HandIn(), doer=OFFICER, now=IN_TIME)

    assert not collection_facts(session, CASE, now=TOO_LATE + timedelta(days=30))["overdue"]


def test_a_second_flag_leaves_no_second_line(session: Session, item: CollectionItem) -> None:
    mark_late(session, item, doer=OFFICER, now=TOO_LATE)
    mark_late(session, item, doer=OFFICER, now=TOO_LATE)

    verbs = session.scalars(select(CollectionEvent.verb).order_by(CollectionEvent.seq)).all()
    assert verbs == ["open", "mark_late"]
    assert item.late


def test_the_history_cannot_be_rewritten(session: Session, item: CollectionItem) -> None:
    session.flush()
    event = session.scalars(select(CollectionEvent)).one()
    event.verb = "accept"
    with pytest.raises(RuntimeError):
        session.flush()


def test_a_case_has_one_item(session: Session, item: CollectionItem) -> None:
    record = session.get_one(TitleRecord, item.title_record_id)
    deadline = session.get_one(Deadline, item.deadline_id)
    with pytest.raises(DomainError) as error:
        open_item(
            session, record, case_no=CASE, office=COUNTY, receiver=CITY,
            deadline=deadline, doer=OFFICER, now=APPROVED,
        )  # fmt: skip
    assert error.value.code == "collection.already_open"


def test_without_an_item_nothing_is_left_to_collect(session: Session) -> None:
    assert is_collected(session, None)
    assert is_collected(session, "LZYS2020042799999")
    assert collection_facts(session, None, now=APPROVED)["exists"] is False
