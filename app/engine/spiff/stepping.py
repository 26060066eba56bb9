"""Advancing: one token one step at a time, until all wait.

`advance` takes the normal path and raises at the first failure; its caller discards the run.
Careful stepping, which keeps what can be kept, is in `run`, because it replaces the workflow.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.errors import BpmnError, Runaway, TooManyTokens
from app.engine.spiff.moves import ACTED, FAILED, RESULT, RETURN, THROWN, throw_error
from app.engine.spiff.returning import send_back
from app.engine.spiff.workflow import Instance

MOST_TOKENS = 1000


def next_task(instance: Instance) -> Any | None:
    """Return the token to move next: fired events before everything else, then in order."""
    ready = None
    for task in instance.all_living():
        if FAILED in task.internal_data:
            continue
        if task.state == TaskState.WAITING and task.internal_data.get(ACTED):
            return task
        if ready is None and _may_move(task):
            ready = task
    return ready


def _may_move(task: Any) -> bool:
    acted = bool(task.internal_data.get(ACTED))
    if task.state == TaskState.READY:
        return acted or not task.task_spec.manual
    return acted and bool(task.state == TaskState.STARTED)


def step(task: Any) -> None:
    """Move one token and report what happened."""
    instance = task.workflow.top_workflow
    instance.asked = None
    if task.state == TaskState.WAITING:
        task.task_spec.trigger(task)
    elif task.state == TaskState.STARTED:
        _end_work(task)
    else:
        _run(task)
    if sum(len(workflow.tasks) for workflow in instance.workflows()) > MOST_TOKENS:
        raise TooManyTokens(task.task_spec.element.id, MOST_TOKENS)
    instance.deliver()


def _end_work(task: Any) -> None:
    data = task.internal_data
    if THROWN in data:
        throw_error(task, BpmnError(data[THROWN], data.get(RESULT)))
    else:
        task.complete()


def _run(task: Any) -> None:
    if RETURN in task.internal_data:
        send_back(task)
        return
    try:
        task.run()
    except BpmnError as error:
        task._set_state(TaskState.STARTED)  # it lives until the boundary event cancels it
        throw_error(task, error)


def advance(instance: Instance, limit: int) -> None:
    """Run to the next wait states; more than `limit` steps are a cycle without one."""
    steps = 0
    while (task := next_task(instance)) is not None:
        steps += 1
        if steps > limit:
            raise Runaway(task.task_spec.element.id, limit)
        step(task)
