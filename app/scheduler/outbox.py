"""The outbox: rows claimed by lease, effects worked off in a bounded pool.

An effect first acts on the world, then hands back what is to be recorded; the engine records it
with the token's step in one transaction. A dead worker's lease ends and another repeats the
effect, so effects are repeatable by their key.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import or_

from app.bootstrap import House
from app.db.lease import claim, database_now, release
from app.engine.registry import BpmnError
from app.engine.tables import Outbox
from app.errors import Busy, EngineError, for_log
from app.scheduler.effects import EFFECTS

logger = logging.getLogger(__name__)
LEASE = timedelta(seconds=120)


def work_off(house: House, *, owner: str, limit: int = 8, workers: int = 2) -> int:
    """Claim due rows and perform their effects; returns how many rows were taken."""
    ids = _claim(house, owner, limit)
    if len(ids) <= 1 or workers <= 1:
        for outbox_id in ids:
            perform(house, outbox_id, owner=owner)
    else:
        with ThreadPoolExecutor(max_workers=workers) as pool:
            list(pool.map(lambda outbox_id: perform(house, outbox_id, owner=owner), ids))
    return len(ids)


def work_everything(house: House, *, owner: str) -> int:
    """Work until nothing is due any more, in this thread."""
    total = 0
    while taken := work_off(house, owner=owner, workers=1):
        total += taken
    return total


def _claim(house: House, owner: str, limit: int) -> list[str]:
    with house.unit_of_work() as session:
        due = (
            Outbox.done_at.is_(None)
            & Outbox.dead_at.is_(None)
            & or_(Outbox.not_before.is_(None), Outbox.not_before <= database_now(session))
        )
        return claim(
            session, Outbox, due, order_by=Outbox.created_at, owner=owner, limit=limit, lease=LEASE
        )


def perform(house: House, outbox_id: str, *, owner: str) -> None:
    """Perform one claimed row; a failure is counted, the last one opens an incident."""
    with house.unit_of_work() as session:
        row = session.get_one(Outbox, outbox_id)
        kind, payload = row.kind, dict(row.payload)
    try:
        effect = EFFECTS.get(kind)
        if effect is None:
            raise EngineError("engine.effect_unknown", kind=kind)
        record = effect(house, payload)
        house.engine.finish(outbox_id, owner=owner, record=record)
    except Busy:
        _give_back(house, outbox_id, owner)
    except BpmnError as error:
        house.engine.throw(outbox_id, owner=owner, error=error)
    except EngineError as error:
        if error.code == "engine.lease_lost":
            logger.warning("lease lost", extra={"outbox": outbox_id})
            return
        _fail(house, outbox_id, owner, error)
    except Exception as error:
        _fail(house, outbox_id, owner, error)


def _give_back(house: House, outbox_id: str, owner: str) -> None:
    """Leave a row whose instance somebody else holds to a later pass: no attempt has failed."""
    logger.info("instance busy", extra={"outbox": outbox_id})
    with suppress(Busy), house.unit_of_work() as session:
        release(session, Outbox, [outbox_id], owner=owner)


def _fail(house: House, outbox_id: str, owner: str, error: Exception) -> None:
    logger.warning("effect failed", extra={"outbox": outbox_id}, exc_info=for_log(error))
    house.engine.failed(outbox_id, owner=owner, error=error)
