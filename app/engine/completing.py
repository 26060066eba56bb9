"""Completing a user task: check, validate, ask the guards, store the submission, act and advance.

A submission whose outcome is 退回 takes the same way up to its storing; what follows it is in
`returning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.engine.acting import act_and_advance, require_active
from app.engine.guards import require_unguarded
from app.engine.periods import close_period
from app.engine.returnable import Target
from app.engine.returning import chosen_target, send_back, wants_return
from app.engine.signing.asking import hand_in
from app.engine.signing.signers import (
    require_in_hand,
    require_opinions,
    waited_for,
)
from app.engine.signing.tables import AFTER
from app.engine.situation import Situation
from app.engine.spiff import Element, Run
from app.engine.submissions import keep_submission, mark_completed
from app.engine.tables import ProcessInstance, UserTask
from app.engine.tasks import (
    require_fit,
    require_mine,
    require_not_delegated,
    require_open,
)
from app.errors import NotAllowed


def complete(
    instance: ProcessInstance, task: UserTask, raw: Mapping[str, Any], *, situation: Situation
) -> None:
    """Complete a task, send the case back, or hand it in to those who sign afterwards.

    Nothing is written when it is refused.
    """
    element = _allowed(instance, task, situation)
    form = situation.bundle.form_of(element)
    forms = situation.tools.forms
    values = forms.validate(form, raw, situation) if form is not None else dict(raw)
    target = None
    if wants_return(values):
        target = chosen_target(instance, task, element, values, situation)
    guarded = replace(situation, submission=values)
    require_unguarded(element, guarded)
    if target is None:
        require_opinions(situation.session, task)
        if waited_for(situation.session, task, AFTER):
            hand_in(task, values, guarded)
            return
    conclude(instance, task, element, values, target=target, situation=guarded)


def conclude(
    instance: ProcessInstance,
    task: UserTask,
    element: Element,
    values: Mapping[str, Any],
    *,
    target: Target | None,
    situation: Situation,
) -> None:
    """Store the submission of a task that may end, and let its case go on or back."""
    actor, guarded = situation.actor, situation
    if actor is None:
        raise NotAllowed("engine.task_not_allowed")
    form, forms = situation.bundle.form_of(element), situation.tools.forms
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


def _allowed(instance: ProcessInstance, task: UserTask, situation: Situation) -> Element:
    """Return the element that is completed; raises why the actor may not."""
    actor = situation.actor
    if actor is None:
        raise NotAllowed("engine.task_not_allowed")
    require_active(instance)
    require_open(task)
    require_not_delegated(task, actor)
    require_mine(task, actor)
    require_in_hand(task)
    element = situation.bundle.definition.elements[task.element_id]
    require_fit(situation, instance, task, actor)
    return element
