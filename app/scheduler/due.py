"""Due timers: claimed by lease, fired per instance in order of due."""

from __future__ import annotations

import logging

from app.bootstrap import House
from app.db.lease import claim
from app.engine.tables import Timer
from app.engine.timers import due_by
from app.errors import for_log

logger = logging.getLogger(__name__)


def fire_due(house: House, *, owner: str, limit: int = 20) -> int:
    """Fire what is due now; returns the number of timers fired."""
    now = house.clock.now()
    with house.unit_of_work() as session:
        ids = claim(session, Timer, due_by(now), order_by=Timer.due_at, owner=owner, limit=limit)
        timers = [session.get_one(Timer, timer_id) for timer_id in ids]
        timers.sort(key=lambda timer: (timer.due_at, timer.id))
        instances = list(dict.fromkeys(timer.instance_id for timer in timers))
    fired = 0
    for instance_id in instances:
        try:
            fired += house.engine.fire_due(instance_id, now=now)
        except Exception as error:
            logger.error(
                "timer not fired", extra={"instance": instance_id}, exc_info=for_log(error)
            )
    return fired


def fire_everything(house: House, *, owner: str) -> int:
    """Fire until nothing is due any more; used by the demo's clock and by `flask sweep`."""
    total = 0
    while fired := fire_due(house, owner=owner, limit=200):
        total += fired
    return total
