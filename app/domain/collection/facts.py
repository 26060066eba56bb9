"""Facts about collection items for forms, guards and the issuance conditions; plain JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import label
from app.domain.collection.steps import WITH_OFFICE, is_overdue, item_of
from app.domain.collection.tables import CollectionEvent, CollectionItem, CollectionState
from app.domain.organisations import name_of

COLLECTED = (CollectionState.ACCEPTED, CollectionState.ONLINE)


def collection_facts(session: Session, case_no: str | None, *, now: datetime) -> dict[str, Any]:
    """Return what is known about the collection item of a case."""
    item = item_of(session, case_no) if case_no else None
    if item is None:
        return {"exists": False, "overdue": False, "late": False, "due_on": None}
    return {
        "exists": True,
        "state": item.state,
        "state_name": label("collection_state", item.state),
        "due_on": item.due_on.isoformat(),
        "overdue": item.state in WITH_OFFICE and is_overdue(session, item, now=now),
        "late": item.late,
        "late_reason": item.late_reason,
        "office_name": name_of(session, item.office),
        "receiver_name": name_of(session, item.receiver),
        "confirm_notice_no": item.confirm_notice_no,
        "confirm_notice_on": item.confirm_notice_on and item.confirm_notice_on.isoformat(),
        "return_reason": _return_reason(session, item),
    }


def is_collected(session: Session, case_no: str | None) -> bool:
    """Tell whether nothing is left to collect for a case: its item is accepted, or it has none."""
    item = item_of(session, case_no) if case_no else None
    return item is None or item.state in COLLECTED


def _return_reason(session: Session, item: CollectionItem) -> str | None:
    if item.state != CollectionState.RETURNED:
        return None
    query = select(CollectionEvent).where(
        CollectionEvent.item_id == item.id, CollectionEvent.verb == "hand_back"
    )
    last = session.scalars(query.order_by(CollectionEvent.seq.desc()).limit(1)).one()
    return str(last.detail["reason"])
