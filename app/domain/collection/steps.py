"""What may happen to a collection item, each step with its line of history.

The due date never moves: an item that is handed back goes on under the deadline it began with.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.domain.calendar import Deadline
from app.domain.codes import label
from app.domain.collection.tables import CollectionEvent, CollectionItem, CollectionState
from app.domain.issuance.log import Doer
from app.domain.titles.tables import TitleRecord
from app.errors import DomainError

OPEN, SUBMITTED = CollectionState.OPEN, CollectionState.SUBMITTED
RETURNED, ACCEPTED = CollectionState.RETURNED, CollectionState.ACCEPTED
WITH_OFFICE = (OPEN, RETURNED)


@dataclass(frozen=True)
class HandIn:
    """What the office states when it hands an item in."""

    late_reason: str = ""
    notice_no: str | None = None
    notice_on: date | None = None


def open_item(
    session: Session,
    record: TitleRecord,
    *,
    case_no: str,
    office: str,
    receiver: str,
    deadline: Deadline,
    doer: Doer,
    now: datetime,
) -> CollectionItem:
    """Note that an approved title's data are to be handed in by the end of a deadline."""
    if item_of(session, case_no) is not None:
        raise DomainError("collection.already_open", case_no=case_no)
    item = CollectionItem(
        id=new_id(),
        title_record_id=record.id,
        case_no=case_no,
        office=office,
        receiver=receiver,
        state=OPEN,
        opened_at=now,
        due_on=local_date(deadline.due_at - timedelta(microseconds=1)),
        deadline_id=deadline.id,
        late=False,
    )
    session.add(item)
    _move(session, item, "open", (OPEN,), OPEN, doer, now)
    return item


def item_of(session: Session, case_no: str) -> CollectionItem | None:
    """Return the collection item of a case."""
    return session.scalar(select(CollectionItem).where(CollectionItem.case_no == case_no))


def mark_late(session: Session, item: CollectionItem, *, doer: Doer, now: datetime) -> None:
    """Flag an item that is past due and not handed in; a second time changes nothing."""
    if item.late:
        return
    _move(session, item, "mark_late", WITH_OFFICE, CollectionState(item.state), doer, now)
    item.late = True


def hand_in(
    session: Session, item: CollectionItem, stated: HandIn, *, doer: Doer, now: datetime
) -> None:
    """Hand an item in to its receiver; past due only with a reason, but never barred."""
    _require(item, WITH_OFFICE)
    reason = stated.late_reason.strip()
    if is_overdue(session, item, now=now):
        if not reason:
            raise DomainError("collection.late_needs_reason", due_on=item.due_on.isoformat())
        item.late, item.late_reason = True, reason
    detail = {"late_reason": reason} if reason else None
    _move(session, item, "hand_in", WITH_OFFICE, SUBMITTED, doer, now, detail)
    item.submitted_at = now
    if stated.notice_no:
        item.confirm_notice_no, item.confirm_notice_on = stated.notice_no, stated.notice_on


def hand_back(
    session: Session, item: CollectionItem, *, reason: str, doer: Doer, now: datetime
) -> None:
    """Return an item with a reason; its deadline runs on as if it had not been handed in."""
    if not reason.strip():
        raise DomainError("collection.return_needs_reason")
    _move(session, item, "hand_back", (SUBMITTED,), RETURNED, doer, now, {"reason": reason.strip()})
    session.get_one(Deadline, item.deadline_id).closed_at = None


def accept(session: Session, item: CollectionItem, *, doer: Doer, now: datetime) -> None:
    """Take an item into the collected data."""
    _move(session, item, "accept", (SUBMITTED,), ACCEPTED, doer, now)
    item.accepted_at = now


def go_online(session: Session, item: CollectionItem, *, doer: Doer, now: datetime) -> None:
    """Note that the certificate made from a collected item is online."""
    _move(session, item, "go_online", (ACCEPTED,), CollectionState.ONLINE, doer, now)
    item.online_at = now


def is_overdue(session: Session, item: CollectionItem, *, now: datetime) -> bool:
    """Tell whether the item's deadline has passed."""
    return now >= session.get_one(Deadline, item.deadline_id).due_at


def _require(item: CollectionItem, allowed: Iterable[CollectionState]) -> None:
    if item.state not in set(allowed):
        raise DomainError("collection.wrong_state", state=label("collection_state", item.state))


def _move(
    session: Session,
    item: CollectionItem,
    verb: str,
    allowed: Iterable[CollectionState],
    to: CollectionState,
    doer: Doer,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    _require(item, allowed)
    session.flush()  # the events below need the row of an item that was just opened
    query = select(func.max(CollectionEvent.seq)).where(CollectionEvent.item_id == item.id)
    event = CollectionEvent(
        id=new_id(),
        item_id=item.id,
        seq=(session.scalar(query) or 0) + 1,
        verb=verb,
        state_from=item.state,
        state_to=to,
        by_account=doer.account,
        by_name=doer.name,
        organisation=doer.organisation,
        at=now,
    )
    event.detail = detail
    session.add(event)
    item.state = to
