"""The situation of an instance or a task as somebody sees it; nothing is changed by looking."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.access.actor import Actor
from app.domain.cases.tables import CaseRow
from app.engine.host import ReadingHost
from app.engine.returnable import options, returnable
from app.engine.situation import Situation, Tools
from app.engine.spiff import Run
from app.engine.tables import OPEN, ProcessInstance, UserTask

# What forms may ask about the task they stand on: where its case may be sent back to.
RETURN_TARGETS = "return_targets"


def instance_situation(
    session: Session,
    tools: Tools,
    instance: ProcessInstance,
    now: datetime,
    actor: Actor | None = None,
) -> Situation:
    """Return the situation of an instance, without the variables of any token."""
    case = session.get(CaseRow, instance.case_id) if instance.case_id else None
    bundle = tools.bundles.get(session, instance.bundle_id)
    return Situation(tools, session, bundle, now, actor, case, instance.id)


def run_of(session: Session, tools: Tools, instance: ProcessInstance) -> Run:
    """Return an instance's tokens and variables, to be read; nothing may be done on it."""
    definition = tools.bundles.get(session, instance.bundle_id).definition
    return Run.restore(definition, ReadingHost(), instance.state)


def task_situation(
    session: Session, tools: Tools, task: UserTask, now: datetime, actor: Actor | None = None
) -> Situation:
    """Return the situation of a task; an open one sees its token's variables."""
    instance = session.get_one(ProcessInstance, task.instance_id)
    here = instance_situation(session, tools, instance, now, actor)
    here = replace(here, token_id=task.token_id, element_id=task.element_id)
    if task.status != OPEN:
        return here
    run = Run.restore(here.bundle.definition, ReadingHost(), instance.state)

    def targets() -> list[dict[str, Any]]:
        definition = here.bundle.definition
        lanes = {name: lane.name for lane in definition.lanes for name in lane.elements}
        return options(returnable(session, instance, run, definition, task), lanes)

    own_facts = {RETURN_TARGETS: targets}
    return replace(here, variables=run.context(task.token_id), own_facts=own_facts)
