"""A process instance as text: its living tokens and their scopes as plain JSON.

The order of keys carries nothing, no class name is stored, and a version that is not known is
refused. A row is `[token id, node, state, data]`.
"""

from __future__ import annotations

import json
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.definition import Definition
from app.engine.spiff.errors import SnapshotRefused, StateTooLarge
from app.engine.spiff.host import Host
from app.engine.spiff.moves import STRAIGHT
from app.engine.spiff.scopes import Scopes
from app.engine.spiff.stored import LARGEST_WRITTEN, VERSION, read_stored
from app.engine.spiff.workflow import Inner, Instance, Kept

STATES = {
    TaskState.WAITING: "waiting",
    TaskState.READY: "ready",
    TaskState.STARTED: "started",
}
STATE_VALUES = {name: state for state, name in STATES.items()}


def write(instance: Instance) -> str:
    """Return the instance as text."""
    rows = [[w.parent_task_id, _rows(w)] for w in instance.workflows()]
    living = [task.id for task in instance.all_living()]
    stored = {
        "version": VERSION,
        "process": instance.definition.process_id,
        "completed": instance.completed,
        "tokens": rows,
        "scopes": instance.scopes.stored([*living, *instance.kept]),
    }
    if instance.kept:
        stored["kept"] = {name: list(kept) for name, kept in instance.kept.items()}
    text = json.dumps(stored, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if len(text) > LARGEST_WRITTEN:
        raise StateTooLarge(len(text), LARGEST_WRITTEN)
    return text


def _rows(workflow: Any) -> list[list[Any]]:
    return [
        [task.id, task.task_spec.name, STATES[task.state], task.internal_data]
        for task in workflow.living()
    ]


def read(definition: Definition, host: Host, text: str) -> Instance:
    """Return the instance that a text describes; arms and evaluates nothing."""
    stored = read_stored(text, definition.process_id, STATE_VALUES)
    instance = Instance(definition, host, Scopes(stored["scopes"]))
    instance.completed = stored["completed"]
    instance.kept = {name: Kept(*found) for name, found in stored.get("kept", {}).items()}
    for parent_id, rows in stored["tokens"]:
        workflow = instance if parent_id is None else _inner(instance, parent_id)
        for token_id, name, state, data in rows:
            node = workflow.spec.task_specs.get(name)
            if node is None:
                raise SnapshotRefused("core.snapshot_element", element=name)
            straight = data.get(STRAIGHT)
            if straight is not None and straight not in workflow.spec.task_specs:
                raise SnapshotRefused("core.snapshot_element", element=straight)
            task = Task(workflow, node, None, STATE_VALUES[state], token_id)
            task.internal_data = data
    return instance


def _inner(instance: Instance, parent_id: str) -> Inner:
    parent = instance.find(parent_id)
    if parent is None or not parent.task_spec.is_body:
        raise SnapshotRefused("core.snapshot_element", element=parent_id)
    return Inner(parent)
