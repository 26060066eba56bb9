"""Projecting tokens to rows: by the difference of token ids, never by re-reading the state.

New waiting user tasks get a task with candidates and a deadline, new timers a timer row; what no
longer lives is closed. Everything here runs inside the advance's savepoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import start_of_day
from app.db.base import new_id
from app.domain.calendar import (
    Deadline,
    Subject,
    load_calendar,
    open_fixed_deadline,
)
from app.engine.host import InstanceHost
from app.engine.periods import close_period
from app.engine.situation import Situation
from app.engine.spiff import Element, Run, Token
from app.engine.tables import (
    CANCELLED,
    ENDED,
    OPEN,
    Incident,
    ProcessInstance,
    TaskCandidate,
    Timer,
    UserTask,
)
from app.errors import EngineError
from app.feel import Place

STAGE = "caseState"
USER, TIMER = "user", "timer"
CALENDAR = "calendar"


def project(session: Session, instance: ProcessInstance, run: Run, host: InstanceHost) -> None:
    """Make the rows of an instance match its tokens, and its case the stage they stand for."""
    tokens = run.tokens()
    _resolve_incidents(session, instance, {token.id for token in tokens}, host.situation.now)
    healthy = {token.id: token for token in tokens if not token.failed}
    fresh = _project_tasks(session, instance, run, host, healthy)
    fresh += _project_timers(session, instance, run, host, healthy)
    if run.completed:
        instance.status = ENDED
        instance.ended_at = host.situation.now
    _project_stage(instance, run, host, list(healthy.values()), fresh)


def _project_tasks(
    session: Session,
    instance: ProcessInstance,
    run: Run,
    host: InstanceHost,
    tokens: dict[str, Token],
) -> list[Token]:
    query = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.status == OPEN)
    known = {task.token_id: task for task in session.scalars(query)}
    for token_id, task in known.items():
        if token_id not in tokens:
            task.status = CANCELLED
            task.completed_at = host.situation.now
            close_period(session, task.deadline_id, now=host.situation.now)
    waiting = [t for t in tokens.values() if t.waits_for == USER and t.id not in known]
    for token in waiting:
        open_task(session, instance, token, _situation(run, host, token))
    return waiting


def _project_timers(
    session: Session,
    instance: ProcessInstance,
    run: Run,
    host: InstanceHost,
    tokens: dict[str, Token],
) -> list[Token]:
    query = select(Timer).where(Timer.instance_id == instance.id, Timer.done_at.is_(None))
    known = {timer.token_id: timer for timer in session.scalars(query)}
    for token_id, timer in known.items():
        if token_id not in tokens:
            timer.done_at = host.situation.now
            close_period(session, timer.deadline_id, now=host.situation.now)
    waiting = [t for t in tokens.values() if t.waits_for == TIMER and t.id not in known]
    for token in waiting:
        _arm(session, instance, token, _situation(run, host, token))
    return waiting


def _resolve_incidents(
    session: Session, instance: ProcessInstance, living: set[str], now: datetime
) -> None:
    """An incident is over when its token is gone: a timer or the end took it away."""
    query = select(Incident).where(
        Incident.instance_id == instance.id, Incident.resolved_at.is_(None)
    )
    for incident in session.scalars(query):
        if incident.token_id not in living:
            incident.resolved_at = now


def _situation(run: Run, host: InstanceHost, token: Token) -> Situation:
    host.evaluating = token.id
    return replace(
        host.situation,
        variables=run.context(token.id),
        token_id=token.id,
        element_id=token.element.id,
    )


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
    living: list[Token],
    fresh: list[Token],
) -> None:
    instance.outcome = host.final_state or instance.outcome
    case = host.situation.case
    if case is None or case.process_instance_id != instance.id:
        return
    if run.completed:
        case.state = instance.outcome or "COMPLETED"
        case.decided_on = case.decided_on or host.situation.rule_date
    else:
        stages = [stage for stage in map(stage_of, living) if stage]
        newest = [stage for stage in map(stage_of, fresh) if stage]
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
    answers = here.evaluate(asked, _place(element, "assignment"))
    groups, assignee, due, follow_up, priority = answers
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
        assignee=assignee or None,
        follow_up_at=_instant(follow_up, element),
        priority=_priority(priority, element),
        created_at=here.now,
    )
    _set_due(task, due, element, here)
    session.add(task)
    session.flush()  # the candidates refer to the task's row
    for group in _groups(groups, element):
        session.add(TaskCandidate(task_id=task.id, group_code=group))
    return task


def _place(element: Element, attribute: str) -> Place:
    return Place(element.file, element.id, attribute)


def _set_due(task: UserTask, due: Any, element: Element, here: Situation) -> None:
    if isinstance(due, str) and due.startswith("P"):
        deadline = here.open_deadline(
            kind=element.properties.get("period", f"task:{element.id}"),
            duration=due,
            calendar=element.properties.get(CALENDAR),
            legal_basis=_basis_of_period(element),
        )
        task.deadline_id, task.due_at = deadline.id, deadline.due_at
    else:
        task.due_at = _instant(due, element)


def _basis_of_period(element: Element) -> str | None:
    """Return the clause that fixes the period; a plain time for work is nobody's law."""
    return element.properties.get("legalBasis") if "period" in element.properties else None


def _groups(value: Any, element: Element) -> list[str]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise EngineError("engine.groups_not_text", element=element.id, value=repr(value))
    cleaned = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if not cleaned:
        raise EngineError("engine.groups_empty", element=element.id)
    return cleaned


def _priority(value: Any, element: Element) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise EngineError(
            "engine.priority_not_number", element=element.id, value=repr(value)
        ) from error


def _instant(value: Any, element: Element) -> datetime | None:
    """Read an ISO date (its 00:00 in Shanghai) or date-time with offset; empty is None."""
    if value in (None, ""):
        return None
    try:
        if len(value) == len("2026-11-20"):
            return start_of_day(date.fromisoformat(value))
        instant = datetime.fromisoformat(value.split("[")[0].split("@")[0])
    except (TypeError, ValueError) as error:
        raise EngineError("engine.not_an_instant", element=element.id, value=repr(value)) from error
    if instant.tzinfo is None:
        raise EngineError("engine.instant_without_zone", element=element.id, value=repr(value))
    return instant


def _arm(session: Session, instance: ProcessInstance, token: Token, here: Situation) -> None:
    """Write the timer row of a timer event that started to wait."""
    element = token.element
    # Asked again rather than read from the token, so that a retry sees what was repaired.
    [rule] = here.evaluate([element.timer_expression or ""], _place(element, "timer"))
    if not isinstance(rule, str) or not rule:
        raise EngineError("engine.timer_not_text", element=element.id, value=repr(rule))
    kind = element.properties.get("period", f"timer:{element.id}:{token.id}")
    basis = _basis_of_period(element)
    if element.timer_kind == "duration":
        deadline = here.open_deadline(
            kind=kind,
            duration=rule,
            calendar=element.properties.get(CALENDAR),
            legal_basis=basis,
        )
    else:
        deadline = _fixed_deadline(session, instance, element, here, rule, kind)
    session.add(
        Timer(
            id=new_id(),
            instance_id=instance.id,
            token_id=token.id,
            element_id=element.id,
            deadline_id=deadline.id,
            rule=rule,
            due_at=deadline.due_at,
        )
    )


def _fixed_deadline(
    session: Session,
    instance: ProcessInstance,
    element: Element,
    here: Situation,
    rule: str,
    kind: str,
) -> Deadline:
    due_at = _instant(rule, element)
    if due_at is None:
        raise EngineError("engine.timer_not_text", element=element.id, value=repr(rule))
    return open_fixed_deadline(
        session,
        load_calendar(session),
        subject=Subject("process_instance", instance.id),
        kind=kind,
        start_at=here.now,
        due_at=due_at,
        region=here.region,
        legal_basis=element.properties.get("legalBasis"),
        instance_id=instance.id,
    )
