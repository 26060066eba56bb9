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
from typing import Any

from sqlalchemy import or_

from app.bootstrap import House
from app.db.failpoints import reach
from app.db.lease import claim, database_now, release
from app.engine.background import NotYet, OutOfReach, Record
from app.engine.registry import BpmnError
from app.engine.tables import Outbox
from app.errors import Busy, EngineError, for_log, kind_of
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
    try:
        _perform(house, outbox_id, owner)
    except Busy:
        _give_back(house, outbox_id, owner)
    except EngineError as error:
        if error.code != "engine.lease_lost":
            raise
        logger.warning("lease lost", extra={"outbox": outbox_id})


def _perform(house: House, outbox_id: str, owner: str) -> None:
    with house.unit_of_work() as session:
        row = session.get_one(Outbox, outbox_id)
        kind, payload = row.kind, dict(row.payload)
    try:
        reach("between_claim_and_done")
        record = _act(house, kind, payload)
        house.engine.finish(outbox_id, owner=owner, record=record)
    except Busy:
        raise
    except NotYet as wait:
        house.engine.postpone(outbox_id, owner=owner, after=wait.after)
    except OutOfReach as error:
        _fail(house, outbox_id, owner, error)
    except BpmnError as error:
        house.engine.throw(outbox_id, owner=owner, error=error)
    except Exception as error:
        if kind_of(error) == "engine.lease_lost":
            raise
        _fail(house, outbox_id, owner, error)


def _act(house: House, kind: str, payload: dict[str, Any]) -> Record:
    effect = EFFECTS.get(kind)
    if effect is None:
        raise EngineError("engine.effect_unknown", kind=kind)
    return effect(house, payload)


def _give_back(house: House, outbox_id: str, owner: str) -> None:
    """Leave a row whose instance somebody else holds to a later pass: no attempt has failed."""
    logger.info("instance busy", extra={"outbox": outbox_id})
    with suppress(Busy), house.unit_of_work() as session:
        release(session, Outbox, [outbox_id], owner=owner)


def _fail(house: House, outbox_id: str, owner: str, error: Exception) -> None:
    logger.warning("effect failed", extra={"outbox": outbox_id}, exc_info=for_log(error))
    house.engine.failed(outbox_id, owner=owner, error=error)
