"""People's messages: what a person may send to a case without a task, such as a withdrawal.

A waiting message event names in its property `sentBy` the groups that may send it; its form says
what has to be told. The event's guards and a hold refuse as they do for tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.access.rules import is_candidate
from app.domain.cases.tables import CaseRow
from app.engine.acting import act_and_advance, lock_instance, require_active
from app.engine.guards import require_unguarded
from app.engine.looking import instance_situation
from app.engine.situation import Situation, Tools
from app.engine.spiff import Element, Run
from app.engine.submissions import keep_submission
from app.engine.tables import MessageSubscription, ProcessInstance
from app.errors import EngineError, NotAllowed
from app.feel import Place

SENT_BY = "sentBy"


def lock_case(
    session: Session, tools: Tools, case_id: str, actor: Actor, now: datetime
) -> tuple[ProcessInstance, Situation]:
    """Lock the instance of a case that was submitted; unknown ones answer like foreign ones."""
    case = session.get(CaseRow, case_id)
    if case is None or case.process_instance_id is None:
        raise NotAllowed("engine.case_not_allowed")
    instance = lock_instance(session, case.process_instance_id)
    return instance, instance_situation(session, tools, instance, now, actor)


def sendable(situation: Situation) -> list[Element]:
    """Return the events of a running instance that wait for a message of this actor."""
    query = select(MessageSubscription.element_id).where(
        MessageSubscription.instance_id == situation.instance_id,
        MessageSubscription.done_at.is_(None),
    )
    elements = situation.bundle.definition.elements
    waiting = dict.fromkeys(situation.session.scalars(query.order_by(MessageSubscription.id)))
    return [elements[name] for name in waiting if may_send(elements[name], situation)]


def may_send(element: Element, situation: Situation) -> bool:
    """Tell whether the actor belongs to the groups that may send an event its message."""
    rule, case, actor = element.properties.get(SENT_BY), situation.case, situation.actor
    if rule is None or case is None or actor is None:
        return False
    # The frozen path says who is who; no token is looked at, so that late senders are told so.
    here = replace(situation, variables={"path": case.path})
    [groups] = here.evaluate([rule], Place(element.file, element.id, SENT_BY))
    return is_candidate(actor, groups if isinstance(groups, list) else [str(groups)])


def send(
    instance: ProcessInstance, element_id: str, raw: Mapping[str, Any], *, situation: Situation
) -> None:
    """Check, validate, ask the guards, store what was typed, hand the message over and advance."""
    element = situation.bundle.definition.elements.get(element_id)
    if element is None or not may_send(element, situation):
        raise NotAllowed("engine.case_not_allowed")
    require_active(instance)
    query = select(MessageSubscription).where(
        MessageSubscription.instance_id == instance.id,
        MessageSubscription.element_id == element_id,
        MessageSubscription.done_at.is_(None),
    )
    waiting = situation.session.scalars(query).first()
    if waiting is None:
        raise EngineError("engine.event_over", name=element.name or element_id)
    token_id, tools = waiting.token_id, situation.tools
    form = situation.bundle.form_of(element)
    values = tools.forms.validate(form, raw, situation) if form is not None else dict(raw)
    require_unguarded(element, replace(situation, submission=values))
    keep_submission(situation, element, values, task_id=None)
    variables = tools.forms.variables(form, values) if form is not None else {}

    def act(run: Run) -> None:
        run.fire(token_id, variables)

    act_and_advance(instance, situation, act)
