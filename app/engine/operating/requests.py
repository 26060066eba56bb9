"""Four eyes: one operator asks for a repair with a reason, another approves it or says no.

The approval carries the repair out in its own transaction, under the lock of the subject, and
checks everything again; what no longer fits is refused and stays open, so that it can be rejected.
Nobody approves what he asked for himself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.db.contention import take_turn
from app.domain.access.actor import Actor
from app.domain.access.rules import is_person, may_operate
from app.domain.cases.tables import CaseRow
from app.engine.acting import lock_instance, require_not_ended
from app.engine.handing import require_reason
from app.engine.operating.known import repair_of
from app.engine.operating.repairs import INSTANCE, Ground, Subject
from app.engine.operating.tables import APPROVED, REJECTED, WITHDRAWN, OperationRequest
from app.engine.situation import Tools
from app.engine.tables import ProcessInstance
from app.errors import EngineError, NotAllowed

MOST_SHOWN = 100


def require_operator(actor: Actor) -> None:
    """Refuse everybody but the platform's administrators."""
    if not may_operate(actor):
        raise NotAllowed("engine.operating_not_allowed")


def locked_ground(
    session: Session, tools: Tools, subject: Subject, *, actor: Actor, now: datetime
) -> Ground:
    """Lock a subject and return the ground of its repair; raises when it is over, or one's own."""
    require_operator(actor)
    if subject.kind != INSTANCE:
        take_turn(session, f"operating:{subject.id}")
        title = tools.bundles.newest(session, subject.id).descriptor.title
        return Ground(session, tools, now, actor, replace(subject, name=title))
    instance = lock_instance(session, subject.id, by=actor)
    require_not_ended(instance)
    require_foreign(session, instance.case_id, actor)
    named = replace(subject, name=instance.business_key)
    return Ground(session, tools, now, actor, named, instance)


def require_foreign(session: Session, case_id: str | None, actor: Actor) -> None:
    """Nobody repairs his own case."""
    case = session.get(CaseRow, case_id) if case_id else None
    if case is not None and is_person(actor, case.person_code):
        raise EngineError("engine.own_case")


def request(
    ground: Ground, verb: str, arguments: Mapping[str, Any], *, reason: str
) -> OperationRequest:
    """Ask for a repair that could be done now; the same is not asked for twice."""
    require_reason(reason)
    repair = repair_of(verb)
    wanted = replace(ground, arguments=dict(arguments), reason=reason.strip())
    kept = repair.check(wanted)
    _require_new(ground, verb, kept)
    instance, subject = ground.instance, ground.subject
    row = OperationRequest(
        id=new_id(),
        verb=verb,
        subject_kind=subject.kind,
        subject_id=subject.id,
        subject_name=subject.name,
        revision=instance.revision if instance is not None else None,
        requested_by=ground.actor.account_id,
        requested_by_name=ground.actor.name,
        requested_at=ground.now,
    )
    row.arguments, row.reason = kept, reason.strip()
    ground.session.add(row)
    return row


def _require_new(ground: Ground, verb: str, arguments: Mapping[str, Any]) -> None:
    for row in open_requests(ground.session, subject_id=ground.subject.id):
        if row.verb == verb and row.arguments == arguments:
            raise EngineError(
                "engine.request_asked", name=row.requested_by_name, at=row.requested_at
            )


def approve(
    session: Session, tools: Tools, request_id: str, *, actor: Actor, now: datetime
) -> OperationRequest:
    """Carry out what another operator asked for; raises, with nothing done, when it cannot be."""
    require_operator(actor)
    subject = subject_of(session, request_id)
    ground = locked_ground(session, tools, subject, actor=actor, now=now)
    row = _undecided(session, request_id)
    if row.requested_by == actor.account_id:
        raise EngineError("engine.second_person")
    wanted = replace(
        ground,
        arguments=row.arguments,
        reason=row.reason,
        asked_by=row.requested_by_name,
        request_id=row.id,
    )
    repair = repair_of(row.verb)
    repair.check(wanted)
    row.outcome = repair.carry_out(wanted)
    _decide(row, APPROVED, actor, now)
    return row


def reject(
    session: Session, request_id: str, *, reason: str, actor: Actor, now: datetime
) -> OperationRequest:
    """Say no to a repair, with a reason; who asked for it withdraws it so."""
    require_operator(actor)
    require_reason(reason)
    row = _undecided(session, request_id)
    row.outcome = reason.strip()
    own = row.requested_by == actor.account_id
    _decide(row, WITHDRAWN if own else REJECTED, actor, now)
    return row


def subject_of(session: Session, request_id: str) -> Subject:
    """Return what a request is about; raises when there is no such request."""
    found = session.get(OperationRequest, request_id)
    if found is None:
        raise NotAllowed("engine.request_unknown")
    return Subject(found.subject_kind, found.subject_id, found.subject_name)


def _undecided(session: Session, request_id: str) -> OperationRequest:
    """Lock a request and return it; of two who decide, the later one learns who was first."""
    row = session.get(OperationRequest, request_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise NotAllowed("engine.request_unknown")
    if row.decided_at is not None:
        raise EngineError(
            "engine.request_decided", name=row.decided_by_name or "", at=row.decided_at
        )
    return row


def _decide(row: OperationRequest, decision: str, actor: Actor, now: datetime) -> None:
    row.decision, row.decided_at = decision, now
    row.decided_by, row.decided_by_name = actor.account_id, actor.name


def open_requests(session: Session, *, subject_id: str | None = None) -> Sequence[OperationRequest]:
    """Return what waits for a second person, the oldest first."""
    query = select(OperationRequest).where(OperationRequest.decided_at.is_(None))
    if subject_id is not None:
        query = query.where(OperationRequest.subject_id == subject_id)
    return session.scalars(query.order_by(OperationRequest.requested_at, OperationRequest.id)).all()


def decided_requests(session: Session) -> Sequence[OperationRequest]:
    """Return what was decided last."""
    query = select(OperationRequest).where(OperationRequest.decided_at.is_not(None))
    return session.scalars(
        query.order_by(OperationRequest.decided_at.desc()).limit(MOST_SHOWN)
    ).all()


def has_moved(session: Session, row: OperationRequest) -> bool:
    """Tell whether a request's instance has changed since it was asked for."""
    return row.revision is not None and revision_of(session, row.subject_id) != row.revision


def revision_of(session: Session, instance_id: str) -> int | None:
    """Return an instance's revision as it is stored."""
    query = select(ProcessInstance.revision).where(ProcessInstance.id == instance_id)
    return session.scalar(query)


def require_approved(session: Session, request_id: str, verb: str, subject_id: str) -> Any:
    """Return the arguments of an approved request; raises unless it is of this verb and subject.

    For repairs of a whole procedure, whose transactions follow the approval one by one.
    """
    row = session.get(OperationRequest, request_id)
    if row is None or (row.verb, row.subject_id) != (verb, subject_id):
        raise NotAllowed("engine.request_unknown")
    if row.decision != APPROVED:
        raise EngineError("engine.request_not_approved")
    return row.arguments


def looked_at(
    session: Session,
    tools: Tools,
    instance: ProcessInstance,
    *,
    actor: Actor,
    now: datetime,
    arguments: Mapping[str, Any] | None = None,
) -> Ground:
    """Return the ground of an instance to look at, without a lock: nothing may be done on it."""
    subject = Subject(INSTANCE, instance.id, instance.business_key)
    return Ground(session, tools, now, actor, subject, instance, arguments or {})


def foretold(ground: Ground, verb: str) -> list[str]:
    """Return what a repair would do now, in sentences; raises when it cannot be done."""
    repair = repair_of(verb)
    checked = replace(ground, arguments={**ground.arguments, **repair.check(ground)})
    return repair.foretell(checked)
