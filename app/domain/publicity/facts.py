"""Facts about a case's publicity for the gate in front of a submission; plain JSON, no rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.clock import local
from app.domain.publicity.content import GateFields, content_hash
from app.domain.publicity.objections import has_open_objection
from app.domain.publicity.publishing import publicity_of
from app.domain.publicity.tables import PublicityKind, PublicityState

NOTHING = {
    "state": str(PublicityState.NONE),
    "kind": None,
    "place": None,
    "published_on": None,
    "last_day": None,
    "days": None,
    "end_exclusive": None,
    "finished": False,
    "earliest_text": None,
    "open_objection": False,
    "upheld": False,
    "content_changed": False,
}


def publicity_facts(
    session: Session,
    case_no: str | None,
    *,
    now: datetime,
    current: GateFields | None = None,
    kind: PublicityKind | None = None,
) -> dict[str, Any]:
    """Return the state of the newest publicity, compared with the content now handed in."""
    row = publicity_of(session, case_no, kind) if case_no else None
    if row is None:
        return dict(NOTHING)
    return {
        "state": row.state,
        "kind": row.kind,
        "place": row.place,
        "published_on": row.published_on.isoformat(),
        "last_day": row.last_day.isoformat(),
        "days": row.days,
        "end_exclusive": local(row.end_exclusive).isoformat(),
        "finished": now >= row.end_exclusive,
        "earliest_text": f"{local(row.end_exclusive):%Y-%m-%d %H:%M}",
        "open_objection": has_open_objection(session, row.id),
        "upheld": row.state == PublicityState.UPHELD,
        "content_changed": current is not None and content_hash(current) != row.content_hash,
    }
