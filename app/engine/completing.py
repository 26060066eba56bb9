"""Completing a user task: check, validate, ask the guards, store the submission, act and advance.

A submission whose outcome is 退回 takes the same way up to its storing; what follows it is in
`returning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.access.actor import Actor
from app.engine.acting import act_and_advance, require_active
from app.engine.guards import require_unguarded
from app.engine.periods import close_period
from app.engine.returning import chosen_target, send_back, wants_return
from app.engine.situation import Situation
from app.engine.spiff import Element, Run
from app.engine.submissions import keep_submission, mark_completed
from app.engine.tables import ProcessInstance, UserTask
from app.engine.tasks import (
    require_impartial,
    require_mine,
    require_not_delegated,
    require_open,
)
from app.errors import NotAllowed


def complete(
    instance: ProcessInstance, task: UserTask, raw: Mapping[str, Any], *, situation: Situation
) -> None:
    """Complete a task, or send the case back; nothing is written when it is refused."""
    actor, element = _allowed(instance, task, situation)
    form = situation.bundle.form_of(element)
    forms = situation.tools.forms
    values = forms.validate(form, raw, situation) if form is not None else dict(raw)
    target = None
    if wants_return(values):
        target = chosen_target(instance, task, element, values, situation)
    guarded = replace(situation, submission=values)
    require_unguarded(element, guarded)
    closed = mark_completed(task, values, actor, situation)
    keep_submission(guarded, element, values, task_id=task.id)
    if target is not None:
        send_back(instance, task, element, values, target=target, situation=guarded)
        return
    variables = forms.variables(form, values) if form is not None else {}

    def act(run: Run) -> None:
        run.complete(task.token_id, variables)

    act_and_advance(instance, situation, act)
    if not closed:
        close_period(situation.session, task.deadline_id, now=situation.now)


def _allowed(
    instance: ProcessInstance, task: UserTask, situation: Situation
) -> tuple[Actor, Element]:
    """Return who completes which element; raises why he may not."""
    actor = situation.actor
    if actor is None:
        raise NotAllowed("engine.task_not_allowed")
    require_active(instance)
    require_open(task)
    require_not_delegated(task, actor)
    require_mine(task, actor)
    element = situation.bundle.definition.elements[task.element_id]
    require_impartial(situation, instance, task, actor)
    return actor, element
