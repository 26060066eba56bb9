"""APScheduler as each process's metronome: short ticks, nothing remembered."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

from app.bootstrap import House
from app.scheduler.due import fire_due, fire_starts
from app.scheduler.outbox import work_off
from app.scheduler.tidying import tidy

# A tick that is still busy when the next one is due is no news.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)

TICK_SECONDS = 1.0
RARELY_SECONDS = 600.0
RECOUNTED_AT_ONCE = 200


def worker_name() -> str:
    """Return a name for leases that no other worker has."""
    return f"{socket.gethostname()}:{secrets.token_hex(6)}"


def start(house: House, *extra: Callable[[], object]) -> BackgroundScheduler:
    """Start ticking in background threads; `extra` ticks join in, e.g. the demo's file watch."""
    owner = worker_name()
    scheduler = BackgroundScheduler(job_defaults={"max_instances": 1, "coalesce": True})
    ticks: list[Callable[[], object]] = [
        lambda: fire_due(house, owner=owner),
        lambda: fire_starts(house, owner=owner),
        lambda: work_off(house, owner=owner),
        lambda: house.engine.follow_calendar(most=RECOUNTED_AT_ONCE),
        *extra,
    ]
    for tick in ticks:
        scheduler.add_job(tick, "interval", seconds=TICK_SECONDS, misfire_grace_time=None)
    rare: list[Callable[[], object]] = [house.engine.report_stalled, lambda: tidy(house)]
    for tick in rare:
        scheduler.add_job(tick, "interval", seconds=RARELY_SECONDS, misfire_grace_time=None)
    scheduler.start()
    return scheduler
