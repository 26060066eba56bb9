"""An instance that has just been put into another drawing: what is new there begins to wait.

Events that are new on a waiting activity are armed from now, tokens that were sent elsewhere enter
their step, subscriptions take their new key, and joins look again at what has arrived.
"""

from __future__ import annotations

from typing import Any

from app.engine.spiff.errors import TokenGone
from app.engine.spiff.moves import ARRIVED, HOST, RACE, put_token
from app.engine.spiff.passages import Passage
from app.engine.spiff.workflow import Instance


def settle(instance: Instance, passage: Passage) -> None:
    """Carry out what a passage promises; the next advance does the rest."""
    for token_id, event in passage.armed:
        workflow = _token(instance, token_id).workflow
        put_token(workflow, workflow.spec.task_specs[event], data={HOST: token_id})
    for token_id, race, event in passage.rivals:
        workflow = _token(instance, token_id).workflow
        put_token(workflow, workflow.spec.task_specs[event], data={RACE: race})
    for token_id in passage.rekeyed:
        task = _token(instance, token_id)
        task.task_spec.evaluate(task)
    for around, step in passage.entering:
        inner = instance if around is None else instance.subprocesses[around]
        put_token(inner, inner.spec.task_specs[step])
    for task in instance.all_living():
        if ARRIVED in task.internal_data:
            task.task_spec._update(task)
    instance.deliver()


def _token(instance: Instance, token_id: str) -> Any:
    found = instance.find(token_id)
    if found is None:
        raise TokenGone(token_id)
    return found
