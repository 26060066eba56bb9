"""A process instance in memory: SpiffWorkflow's workflows, holding tokens without a tree.

The library walks its tree of finished tasks for joins, ends and predictions, and stops at depth
1,000. These classes look at living tokens only and forget finished ones at once, so an instance
costs the same after its first and its thousandth turn of a loop.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.errors import TooDeep
from app.engine.spiff.host import Host, Token
from app.engine.spiff.moves import LIVING, put_token, token_of
from app.engine.spiff.scopes import ROOT, Scopes, called_scope

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

# The library logs every change of state together with the token's data, which may be personal.
for name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(name).setLevel(logging.WARNING)

DEEPEST = 40


class NoScripts:
    """Stands where the library keeps its Python evaluator; models never reach it."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError("the library's own expression evaluation was reached")

    evaluate = execute = call_service = _refuse


class Tokens:
    """What the top workflow and the workflows inside it share."""

    tasks: dict[str, Any]
    completed: bool

    def living(self) -> list[Any]:
        """Return the living tokens in the order they appeared."""
        return [task for task in self.tasks.values() if task.has_state(LIVING)]

    def forget(self, task: Any) -> None:
        """Drop a finished token."""
        self.tasks.pop(task.id, None)

    def collect_log_extras(self, dct: Any = None) -> dict[str, Any]:
        """Replace the library's extras, which walk the whole tree."""
        return dct or {}

    def _task_completed_notify(self, task: Any) -> None:
        self.forget(task)
        living = self.living()
        if not living:
            self.completed = True
            self.ended()
        for waiting in living:
            if waiting.state == TaskState.WAITING and waiting.task_spec.looks_around:
                waiting.task_spec._update(waiting)

    def ended(self) -> None:
        """React to the end of the last token."""


class Instance(Tokens, BpmnWorkflow):
    """One process instance: tokens, scopes, and the host that answers."""

    parent_task = None
    scope = ROOT

    def __init__(self, definition: Definition, host: Host, scopes: Scopes) -> None:
        self.definition = definition
        self.host = host
        self.scopes = scopes
        self.happenings: list[tuple[Token, str, Mapping[str, Any]]] = []
        self.taken: list[str] = []
        super().__init__(
            definition.spec, definition.inner_specs, script_engine=NoScripts(), deserializing=True
        )

    def workflows(self) -> list[Any]:
        """Return this workflow and those inside it, outer before inner."""
        return [self, *self.subprocesses.values()]

    def all_living(self) -> list[Any]:
        """Return the living tokens of all workflows."""
        return [task for workflow in self.workflows() for task in workflow.living()]

    def find(self, token_id: str) -> Any | None:
        """Return a living token, or None."""
        for workflow in self.workflows():
            task = workflow.tasks.get(token_id)
            if task is not None and task.has_state(LIVING):
                return task
        return None

    def happen(self, task: Any, happening: str, context: Mapping[str, Any]) -> None:
        """Remember a happening until the step has succeeded."""
        self.happenings.append((token_of(task), happening, context))

    def deliver(self) -> None:
        """Report the happenings of a step to the host."""
        happenings, self.happenings = self.happenings, []
        for token, happening, context in happenings:
            self.host.record(token, happening, context)


class Inner(Tokens, BpmnSubWorkflow):
    """The inside of a sub-process or a called process."""

    def __init__(self, parent_task: Any) -> None:
        self.parent_task = parent_task
        node = parent_task.task_spec
        if self._calculate_depth() > DEEPEST:
            raise TooDeep(node.element.id, DEEPEST)
        self.scope = called_scope(parent_task.id) if node.is_call else parent_task.id
        top = parent_task.workflow.top_workflow
        spec = top.subprocess_specs[node.spec]
        super().__init__(spec, parent_task.id, top, deserializing=True)
        top.subprocesses[parent_task.id] = self

    def _calculate_depth(self) -> int:
        return int(self.parent_task.workflow.depth) + 1

    def happen(self, task: Any, happening: str, context: Mapping[str, Any]) -> None:
        """Remember a happening at the top."""
        self.top_workflow.happen(task, happening, context)

    def begin(self) -> None:
        """Put the first token on the plain start event."""
        put_token(self, self.spec.plain_start)

    def ended(self) -> None:
        """Let the token around this inside go on."""
        self.top_workflow.subprocesses.pop(self.parent_task.id, None)
        self.parent_task._set_state(TaskState.READY)
