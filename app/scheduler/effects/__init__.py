"""What outbox rows do in the world, by their kind.

An effect performs the outside work and returns a function that records its result; that function
runs inside the engine's transaction.
"""

from collections.abc import Callable
from typing import Any

from app.bootstrap import House
from app.engine.background import Record
from app.engine.timer_starts import BEGIN
from app.scheduler.effects.beginnings import begin_case
from app.scheduler.effects.certificates import render_certificate
from app.scheduler.effects.correlation import correlate
from app.scheduler.effects.licences import fetch_licence, push_licence
from app.scheduler.effects.messages import send_sms
from app.scheduler.effects.migrations import migrate_slice
from app.scheduler.effects.retrying import retry_step

Effect = Callable[[House, dict[str, Any]], Record]

EFFECTS: dict[str, Effect] = {
    BEGIN: begin_case,
    "certificate.render": render_certificate,
    "licence.fetch": fetch_licence,
    "licence.push": push_licence,
    "message.correlate": correlate,
    "migration.slice": migrate_slice,
    "sms.send": send_sms,
    "step.retry": retry_step,
}
