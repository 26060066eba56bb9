"""Data collection: the item of an approval from its opening to its acceptance, as offices act."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.domain.codes import band_of
from app.domain.collection import (
    CollectionItem,
    HandIn,
    accept,
    collection_facts,
    hand_back,
    hand_in,
    item_of,
    mark_late,
    open_item,
    receiver_of,
)
from app.domain.titles.tables import TitleRecord
from app.engine.registry import Call, fact, operation, period
from app.errors import DomainError
from app.operations.call import case_of, doer_of

PERIOD = period("collection")
HIGH = "高级"


def _item(call: Call) -> CollectionItem:
    found = item_of(call.session, case_of(call).case_no or "")
    if found is None:
        raise DomainError("collection.not_opened", case_no=case_of(call).case_no)
    return found


@operation("collection.open")
def open_(call: Call, *, days: int, legal_basis: str | None = None) -> dict[str, Any]:
    """Open the collection item of the approved case; `days` working days run from today."""
    case = case_of(call)
    authority = call.variables["authority"]
    office = authority["office"]
    record = call.session.get_one(TitleRecord, case.title_record_id)
    high = band_of(record.level) == HIGH
    receiver = receiver_of(call.session, office, high=high)
    deadline = call.open_deadline(
        kind=PERIOD,
        duration=f"P{int(days)}D",
        calendar="working-days",
        legal_basis=legal_basis,
    )
    item = open_item(
        call.session,
        record,
        case_no=case.case_no or "",
        office=office,
        receiver=receiver.code,
        deadline=deadline,
        doer=doer_of(call),
        now=call.now,
    )
    return {
        "collection": {
            "id": item.id,
            "office": office,
            "office_role": authority["role"],
            "receiver": receiver.code,
            "receiver_role": receiver.role,
            "own": receiver.code == office,
            "high": high,
        }
    }


@operation("collection.mark_late")
def late(call: Call) -> None:
    """Flag the item as past due."""
    mark_late(call.session, _item(call), doer=doer_of(call), now=call.now)


@operation("collection.hand_in")
def submit(call: Call) -> None:
    """Record that the approving office handed the item in."""
    form = call.submission_of("hand_in_data")
    notice_on = form.get("confirm_notice_on")
    stated = HandIn(
        late_reason=form.get("late_reason") or "",
        notice_no=form.get("confirm_notice_no"),
        notice_on=date.fromisoformat(notice_on) if notice_on else None,
    )
    hand_in(call.session, _item(call), stated, doer=doer_of(call), now=call.now)


@operation("collection.hand_back")
def return_(call: Call) -> None:
    """Return the item to the approving office with the receiver's reason."""
    reason = call.submission_of("accept_data").get("remark") or ""
    hand_back(call.session, _item(call), reason=reason, doer=doer_of(call), now=call.now)


@operation("collection.accept")
def store(call: Call) -> None:
    """Take the item into the collected data."""
    accept(call.session, _item(call), doer=doer_of(call), now=call.now)


@fact("collection_item")
def collection_item(call: Call) -> dict[str, Any]:
    """What forms and guards say about the collection item of the case."""
    case_no = call.case.case_no if call.case is not None else None
    return collection_facts(call.session, case_no, now=call.now)
