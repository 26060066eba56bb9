"""Values handed in with the test procedures, and the way to places in them."""

from __future__ import annotations

from typing import Any

from app.db.lease import claim
from app.engine.tables import Outbox
from tests.engine.houses import ADMIN, PERSONNEL, Stage

WORKER = "worker-1"
ATTEMPTS = 3  # the `retries` of the test procedure's background work

ID_NUMBER, MOBILE, SEEN = "450103198603179973", "19900000001", "450126199011029962"
APPLICATION: dict[str, Any] = {
    "id_number": ID_NUMBER,
    "mobile": MOBILE,
    "reason": "查阅旧档",
    "days": "7",
}
AGREED = {"outcome": "AGREE", "opinion": "同意借阅", "seen_number": SEEN}
REFUSED = {"outcome": "REJECT", "opinion": "不予同意"}


def checked(stage: Stage, *, by: str = ADMIN) -> str:
    """Bring a lending case to the handing over and return it."""
    case_id = stage.start("reading_room", APPLICATION)
    stage.complete("check_application", AGREED, by=by)
    return case_id


def lent(stage: Stage) -> str:
    """Bring a lending case to its end and return it."""
    case_id = checked(stage)
    stage.complete("hand_over_book", by=PERSONNEL)
    return case_id


def claimed(stage: Stage, *, owner: str = WORKER) -> str:
    """Lease the row that a token waits for and return its id."""
    with stage.house.unit_of_work() as session:
        open_rows = Outbox.token_id.is_not(None) & Outbox.done_at.is_(None)
        [outbox_id] = claim(session, Outbox, open_rows, order_by=Outbox.id, owner=owner)
        return outbox_id


def finish_printing(stage: Stage, sheets: int = 3) -> None:
    """Do a worker's part of the printing."""
    stage.house.engine.finish(
        claimed(stage), owner=WORKER, record=lambda session: {"sheets": sheets}
    )


def retry(stage: Stage) -> None:
    """Retry the one open incident."""
    [incident] = stage.incidents()
    stage.house.engine.retry(incident.id, actor=stage.actor(ADMIN))
