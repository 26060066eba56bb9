"""Suspending an instance: it stands still as a whole until it is resumed, with a reason.

Nobody completes anything, messages are kept and timers do not fire; legal periods run on. When it
is resumed, what came meanwhile is made up in order, each at its own instant. A hold of a case
(`app.domain.cases.holds`) keeps only people from acting; it is drawn, this is an operator's.
"""

from __future__ import annotations

from app.engine.acting import advance_from, host_for
from app.engine.handing import require_reason
from app.engine.messages import hand_over_held, next_held
from app.engine.operating.repairs import Ground
from app.engine.operating.telling import tell_applicant, write_line
from app.engine.spiff import Run
from app.engine.tables import ACTIVE
from app.engine.timers import due_timer, fire
from app.errors import EngineError

SUSPENDED, RESUMED = "suspended", "resumed"
TOLD_SUSPENDED, TOLD_RESUMED = "W05", "W06"


def suspend(ground: Ground) -> None:
    """Let a locked instance stand still; raises when it does already, or without a reason."""
    instance = ground.locked
    if instance.suspended_at is not None:
        raise EngineError("engine.suspended_already", at=instance.suspended_at)
    require_reason(ground.reason)
    instance.suspended_at = ground.now
    write_line(ground, SUSPENDED)
    tell_applicant(ground, TOLD_SUSPENDED)


def resume(ground: Ground) -> None:
    """Let an instance go on, and make up for what came while it stood still."""
    instance = ground.locked
    if instance.suspended_at is None:
        raise EngineError("engine.not_suspended", business_key=instance.business_key)
    require_reason(ground.reason)
    instance.suspended_at = None
    write_line(ground, RESUMED)
    here = ground.situation
    host = host_for(here)
    advance_from(instance, Run.restore(here.bundle.definition, host, instance.state), host)
    while instance.status == ACTIVE and _make_up(ground):
        pass
    tell_applicant(ground, TOLD_RESUMED)


def _make_up(ground: Ground) -> bool:
    """Let the timer or the message act that came first; False when nothing is left."""
    session, tools, instance, now = ground.session, ground.tools, ground.locked, ground.now
    timer, held = due_timer(session, instance.id, now), next_held(session, instance.id)
    if timer is not None and (held is None or timer.due_at <= held.received_at):
        fire(session, tools, instance, timer)
    elif held is not None:
        hand_over_held(session, tools, instance, held, now)
    else:
        return False
    return True
