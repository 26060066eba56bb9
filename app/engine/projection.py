"""Projecting tokens to rows: by the difference of token ids, never by re-reading the state.

New waiting user tasks get a task with candidates and a deadline; timers and messages get their rows
in `projecting_events`. What no longer lives is closed. All runs inside the advance's savepoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.engine.arming import CALENDAR, basis_of_period, instant, place_of
from app.engine.evidence import blamed_on, shown
from app.engine.host import InstanceHost
from app.engine.periods import close_own_period, close_period, point_to
from app.engine.projecting_events import project_events, token_situation
from app.engine.reopening import reopen
from app.engine.situation import Situation
from app.engine.spiff import Element, Run, Token
from app.engine.tables import (
    CANCELLED,
    ENDED,
    OPEN,
    Incident,
    ProcessInstance,
    TaskCandidate,
    UserTask,
)
from app.errors import EngineError

STAGE = "caseState"
USER = "user"
# Built once: every step asks them.
OPEN_TASKS = select(UserTask).where(
    UserTask.instance_id == bindparam("instance"), UserTask.status == OPEN
)
UNRESOLVED = select(Incident).where(
    Incident.instance_id == bindparam("instance"), Incident.resolved_at.is_(None)
)


def project(session: Session, instance: ProcessInstance, run: Run, host: InstanceHost) -> None:
    """Make the rows of an instance match its tokens, and its case the stage they stand for."""
    tokens = run.tokens()
    with session.no_autoflush:  # of what is asked here, nothing is waiting to be written
        _resolve_incidents(session, instance, {token.id for token in tokens}, host.situation.now)
    healthy = {token.id: token for token in tokens if not token.failed}
    tasks, fresh = _project_tasks(session, instance, run, host, healthy)
    fresh += project_events(session, instance, run, host, healthy)
    if run.completed:
        instance.status = ENDED
        instance.ended_at = host.situation.now
    _project_stage(instance, run, host, tasks, list(healthy.values()), fresh)


def _project_tasks(
    session: Session,
    instance: ProcessInstance,
    run: Run,
    host: InstanceHost,
    tokens: dict[str, Token],
) -> tuple[dict[str, UserTask], list[Token]]:
    """Return the open tasks by token, and the tokens that are new among them."""
    with session.no_autoflush:
        rows = session.scalars(OPEN_TASKS, {"instance": instance.id}).all()
    known = {task.token_id: task for task in rows}
    gone = [task for token_id, task in known.items() if token_id not in tokens]
    for task in gone:
        task.status = CANCELLED
        task.completed_at = host.situation.now
        close_own_period(session, task.deadline_id, now=host.situation.now)
    waiting = [t for t in tokens.values() if t.waits_for == USER and t.id not in known]
    for token in waiting:
        known[token.id] = open_task(session, instance, token, token_situation(run, host, token))
    for task in gone:
        close_period(session, task.deadline_id, now=host.situation.now)
    return known, waiting


def _resolve_incidents(
    session: Session, instance: ProcessInstance, living: set[str], now: datetime
) -> None:
    """An incident is over when its token is gone: a timer or the end took it away."""
    for incident in session.scalars(UNRESOLVED, {"instance": instance.id}):
        if incident.token_id not in living:
            incident.resolved_at = now


def stage_of(token: Token) -> str | None:
    """Return the case state that a living token stands for: its own, else its enclosing one's."""
    for element in (token.element, *reversed(token.enclosing)):
        if STAGE in element.properties:
            return element.properties[STAGE]
    return None


def _project_stage(
    instance: ProcessInstance,
    run: Run,
    host: InstanceHost,
    tasks: dict[str, UserTask],
    living: list[Token],
    fresh: list[Token],
) -> None:
    def stage(token: Token) -> str | None:
        """A task's row knows whether its applicant corrects something."""
        return (tasks[token.id].stage if token.id in tasks else None) or stage_of(token)

    instance.outcome = host.final_state or instance.outcome
    case = host.situation.case
    if case is None or case.process_instance_id != instance.id:
        return
    if run.completed:
        case.state = instance.outcome or "COMPLETED"
        case.decided_on = case.decided_on or host.situation.rule_date
    else:
        stages = [found for found in map(stage, living) if found]
        newest = [found for found in map(stage, fresh) if found]
        if newest:
            case.state = newest[-1]
        elif stages and case.state not in stages:
            case.state = stages[-1]
    case.updated_at = host.situation.now


def open_task(
    session: Session, instance: ProcessInstance, token: Token, here: Situation
) -> UserTask:
    """Create the row of a user task that started to wait."""
    element = token.element
    asked = [
        element.candidate_groups or "",
        element.assignee or "",
        element.due_date or "",
        element.follow_up_date or "",
        element.priority or "50",
    ]
    place = place_of(element, "assignment")
    groups, assignee, due, follow_up, priority = here.evaluate(asked, place)
    task = UserTask(
        id=new_id(),
        instance_id=instance.id,
        case_id=instance.case_id,
        token_id=token.id,
        element_id=element.id,
        name=element.name or element.id,
        form_id=element.form_id or "",
        stage=stage_of(token) or "",
        status=OPEN,
        created_at=here.now,
        scope=token.scope,
    )
    with blamed_on("candidateGroups"):
        wanted = groups_in(groups, element)
    with blamed_on("assignee"):
        task.assignee = _assignee(assignee, element)
    _schedule(task, due, follow_up, element, here)
    with blamed_on("priority"):
        task.priority = _priority(priority, element)
    session.add(task)
    session.add_all(TaskCandidate(task=task, group_code=group) for group in wanted)
    if token.sent_back_by:
        reopen(task, token.sent_back_by, wanted, here)
    return task


def _schedule(task: UserTask, due: Any, follow_up: Any, element: Element, here: Situation) -> None:
    with blamed_on("dueDate"):
        _set_due(task, due, element, here)
    with blamed_on("followUpDate"):
        task.follow_up_at = instant(follow_up, element)


def _set_due(task: UserTask, due: Any, element: Element, here: Situation) -> None:
    if isinstance(due, str) and due.startswith("P"):
        deadline = here.open_deadline(
            # Its own for each token: the items of a multi-instance activity run side by side.
            kind=element.properties.get("period", f"task:{element.id}:{task.token_id}"),
            duration=due,
            calendar=element.properties.get(CALENDAR),
            legal_basis=basis_of_period(element),
        )
        point_to(task, deadline)
    else:
        task.due_at = instant(due, element)


def groups_in(value: Any, element: Element) -> list[str]:
    """Return the groups that an answer names; raises when it names none."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise EngineError("engine.groups_not_text", element=element.id, value=shown(value))
    cleaned = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not cleaned:
        raise EngineError("engine.groups_empty", element=element.id)
    return cleaned


def _assignee(value: Any, element: Element) -> str | None:
    if not isinstance(value, str | None):
        raise EngineError("engine.assignee_not_text", element=element.id, value=shown(value))
    return value or None


def _priority(value: Any, element: Element) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise EngineError(
            "engine.priority_not_number", element=element.id, value=shown(value)
        ) from error
