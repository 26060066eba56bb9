"""Trying a failed service task again before it becomes an incident, as its `retries` want.

The failed step was taken back whole; an outbox row calls the token up again after a while. What a
process file foresees (a BPMN error) or draws wrongly (a loop without a wait) is not tried again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.db.base import new_id
from app.db.lease import database_now
from app.engine.host import InstanceHost
from app.engine.spiff import BpmnError, ErrorNotCaught, Failure, Runaway
from app.engine.tables import Outbox, ProcessInstance

BACKOFF = timedelta(seconds=5)
RETRY = "step.retry"
FINAL = (BpmnError, ErrorNotCaught, Runaway)


def schedule(
    session: Session, instance: ProcessInstance, host: InstanceHost, failure: Failure
) -> bool:
    """Write the row that calls a failed service task up again; False when its attempts are used."""
    element = failure.element
    attempt = host.attempts.get(failure.token_id, 0) + 1
    most = int(element.retries or 1) if element.task_type else 1
    if attempt >= most or isinstance(failure.error, FINAL):
        return False
    row = Outbox(
        id=new_id(),
        kind=RETRY,
        key=f"retry:{new_id()}",
        payload={"instance": instance.id, "token": failure.token_id, "attempt": attempt},
        instance_id=instance.id,
        not_before=database_now(session) + BACKOFF * 2**attempt,
        created_at=host.situation.now,
    )
    session.add(row)
    return True
