"""Act, then advance, in one transaction.

The act (a person's, a clock's, a worker's) sets a flag and variables and cannot fail. Advancing
runs to the next wait states inside a savepoint; when it fails, everything is taken back to the act
and advanced again step by step: the failing token is tried again later or gets an incident, the
others go on. The act itself is never lost.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.db.failpoints import reach
from app.db.holders import hold, want
from app.domain.access.actor import Actor
from app.domain.access.masks import mask_personal
from app.engine.evidence import asked_of, evidence_of
from app.engine.history import History
from app.engine.host import InstanceHost
from app.engine.projection import project
from app.engine.restoring import restore
from app.engine.retrying import schedule
from app.engine.situation import Situation
from app.engine.spiff import Failure, Run
from app.engine.tables import ACTIVE, Incident, Outbox, ProcessInstance
from app.errors import AppError, EngineError, for_log, kind_of
from app.messages import sentence

logger = logging.getLogger(__name__)

Act = Callable[[Run], None]
LOCKED = (
    select(ProcessInstance)
    .where(ProcessInstance.id == bindparam("instance"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_instance(
    session: Session, instance_id: str, *, by: Actor | None = None, about: str | None = None
) -> ProcessInstance:
    """Lock an instance for this transaction and read it fresh.

    Whoever waits in vain meanwhile learns that `by` holds it; `about` is the id of the task or
    other row for whose sake.
    """
    want(session, instance_id)
    row = session.scalars(LOCKED, {"instance": instance_id}).one_or_none()
    if row is None:
        raise EngineError("engine.instance_unknown", instance=instance_id)
    hold(session, by.account_id if by is not None else "", instance_id, row.case_id, about)
    return row


def host_for(situation: Situation) -> InstanceHost:
    """Return the host of a situation that belongs to an instance."""
    return InstanceHost(situation, History(situation.session, situation.instance_id or ""))


def act_and_advance(instance: ProcessInstance, situation: Situation, act: Act) -> None:
    """Apply an act to a locked instance and advance it; writes state and rows, commits nothing."""
    definition = situation.bundle.definition
    host = host_for(situation)
    run = restore(instance, definition, host)
    reach("before_act")
    act(run)
    reach("after_act")
    advance_from(instance, run, host)


def advance_from(instance: ProcessInstance, run: Run, host: InstanceHost) -> None:
    """Advance a run that holds its act; see the module's promise.

    A suspended instance keeps the act and goes on when it is resumed.
    """
    session = host.situation.session
    if instance.suspended_at is not None:
        project(session, instance, run, host)
        instance.state = run.snapshot()
        return
    acted = run.snapshot()
    session.flush()  # the act's rows must lie outside the savepoint
    savepoint = session.begin_nested()
    try:
        run.advance()
        project(session, instance, run, host)
        instance.state = run.snapshot()
        savepoint.commit()
        host.situation.tools.on_flows(run.taken_flows)
    except DBAPIError:
        raise  # the transaction itself is lost: the caller tries the whole command again
    except Exception as error:
        logger.warning("advance failed, going step by step", extra={"error": kind_of(error)})
        savepoint.rollback()
        host.history.forget()
        _advance_carefully(instance, acted, host)


def _advance_carefully(instance: ProcessInstance, acted: str, host: InstanceHost) -> None:
    session = host.situation.session
    session.refresh(instance)
    run = Run.restore(host.situation.bundle.definition, host, acted)

    def savepoint() -> Any:
        host.history.forget()
        return session.begin_nested()

    failures = run.advance_carefully(savepoint, fatal=(DBAPIError,))
    host.history.forget()
    failures += _project_carefully(session, instance, run, host)
    for failure in failures:
        if not schedule(session, instance, host, failure):
            _open_incident(session, instance, host, failure)
    instance.state = run.snapshot()


def _project_carefully(
    session: Session, instance: ProcessInstance, run: Run, host: InstanceHost
) -> list[Failure]:
    """Project; a token whose row cannot be made (groups, due date, timer) is marked as failed."""
    failures: list[Failure] = []
    while True:
        savepoint = session.begin_nested()
        try:
            project(session, instance, run, host)
            savepoint.commit()
            return failures
        except DBAPIError:
            raise
        except Exception as error:
            savepoint.rollback()
            host.history.forget()
            token_id = host.evaluating
            if token_id is None or any(f.token_id == token_id for f in failures):
                raise
            run.fail(token_id)
            failures.append(_unmade(run, token_id, error))


def _unmade(run: Run, token_id: str, error: Exception) -> Failure:
    """Return the failure of a token whose row could not be made."""
    element, context = run.token(token_id).element, run.context(token_id)
    asked = asked_of(element, error, context) if isinstance(error, AppError) else None
    return Failure(token_id, element, error, asked)


def _open_incident(
    session: Session, instance: ProcessInstance, host: InstanceHost, failure: Failure
) -> None:
    logger.error(
        "incident opened",
        extra={"instance": instance.id, "element": failure.element.id},
        exc_info=for_log(failure.error),
    )
    session.add(
        Incident(
            id=new_id(),
            instance_id=instance.id,
            token_id=failure.token_id,
            element_id=failure.element.id,
            element_name=failure.element.name or failure.element.id,
            kind=kind_of(failure.error),
            sentence=explain(failure.error),
            evidence=evidence_of(failure, host.situation),
            created_at=host.situation.now,
        )
    )


def explain(error: BaseException) -> str:
    """Say in Chinese what went wrong; foreign errors are named by their class alone."""
    if isinstance(error, AppError):
        return mask_personal(sentence(error))
    return sentence(EngineError("engine.step_failed", error=type(error).__name__))


def require_not_ended(instance: ProcessInstance) -> None:
    """Refuse late events on an ended instance."""
    if instance.status != ACTIVE:
        raise EngineError("engine.instance_ended", business_key=instance.business_key)


def require_active(instance: ProcessInstance) -> None:
    """Refuse people's acts on an instance that has ended or is suspended."""
    require_not_ended(instance)
    if instance.suspended_at is not None:
        raise suspended(instance)


def suspended(instance: ProcessInstance) -> EngineError:
    """Return the error that tells people since when an instance stands still."""
    number, since = instance.business_key, instance.suspended_at
    return EngineError("engine.instance_suspended", business_key=number, at=since)


def outbox_of(session: Session, token_id: str) -> Outbox | None:
    """Return the undone outbox row that a token waits for."""
    query = select(Outbox).where(Outbox.token_id == token_id, Outbox.done_at.is_(None))
    return session.scalars(query).first()
