"""Ending a whole instance before its time, with a reason: nothing of it waits any more.

An operator may end every case; who handles a step may where the drawing allows it (`mayCancel`).
What the procedure had begun elsewhere is wound up by the operations that registered for it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.lease import database_now
from app.domain.access.actor import PERSON_ROLE, Actor, group
from app.domain.access.rules import may_operate
from app.domain.cases.tables import CaseState
from app.engine.acting import host_for, require_active
from app.engine.handing import require_reason
from app.engine.history import whole
from app.engine.periods import close_all_periods
from app.engine.projection import project
from app.engine.retrying import RETRY
from app.engine.situation import Situation
from app.engine.spiff import Element, Run
from app.engine.tables import OPEN, Outbox, ProcessInstance, UserTask
from app.engine.telling import tell
from app.errors import NotAllowed

MAY_CANCEL = "mayCancel"
ENDED_EARLY, NOTICE = "terminated", "W04"


def cancel(instance: ProcessInstance, *, reason: str, situation: Situation) -> None:
    """End a locked instance; raises when it has ended, or the actor may not, or gives no reason."""
    session, actor = situation.session, situation.actor
    if actor is None or not may_cancel(instance, actor, situation):
        raise NotAllowed("engine.cancel_not_allowed")
    require_active(instance)
    require_reason(reason)
    host = host_for(situation)
    run = Run.restore(situation.bundle.definition, host, instance.state)
    run.cancel()
    host.final_state = CaseState.WITHDRAWN
    project(session, instance, run, host)
    instance.state = run.snapshot()
    close_all_periods(session, instance.id, now=situation.now)
    _close_outbox(session, instance.id)
    host.history.write(
        ENDED_EARLY, whole(situation.bundle), at=situation.now, actor=actor, reason=reason.strip()
    )
    for wind_up in situation.tools.registry.on_cancel:
        wind_up(situation.call())
    _tell(reason, situation)


def may_cancel(instance: ProcessInstance, actor: Actor, here: Situation) -> bool:
    """Tell whether the actor may end an instance: an operator, or who has claimed such a step."""
    if may_operate(actor):
        return True
    query = select(UserTask).where(
        UserTask.instance_id == instance.id,
        UserTask.status == OPEN,
        UserTask.assignee == actor.account_id,
    )
    elements = here.bundle.definition.elements
    return any(ends_case(elements[task.element_id]) for task in here.session.scalars(query))


def ends_case(element: Element) -> bool:
    """Tell whether the drawing lets who handles a step end the case."""
    return element.properties.get(MAY_CANCEL) == "true"


def _close_outbox(session: Session, instance_id: str) -> None:
    """Close the work that a token waits for, and what would try a step again; notices still go."""
    query = select(Outbox).where(
        Outbox.instance_id == instance_id,
        Outbox.done_at.is_(None),
        Outbox.token_id.is_not(None) | (Outbox.kind == RETRY),
    )
    for row in session.scalars(query.with_for_update()):
        row.done_at, row.error = database_now(session), ENDED_EARLY


def _tell(reason: str, here: Situation) -> None:
    person = here.case.person_code if here.case is not None else None
    if person is not None:
        tell(here, group(PERSON_ROLE, person), NOTICE, {"reason": reason.strip()})
