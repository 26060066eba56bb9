"""A process instance in memory: SpiffWorkflow's workflows, holding tokens without a tree.

The library walks its tree of finished tasks for joins, ends and predictions, and stops at depth
1,000. These classes look at living tokens only and forget finished ones at once, so an instance
costs the same after its first and its thousandth turn of a loop.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.errors import TooDeep
from app.engine.spiff.host import Asked, Host, Token
from app.engine.spiff.moves import LIVING, flow_scope, put_token, token_of
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


class Kept(NamedTuple):
    """A body that has ended: its element and the scope it stood in."""

    element: str
    scope: str


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
        self.asked: Asked | None = None  # of the step that is being done
        self.kept: dict[str, Kept] = {}  # ended bodies that a case may be sent back into, by token
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

    def keep(self, task: Any) -> None:
        """Keep the scopes of a body that ended, in place of those of its run before."""
        found = Kept(task.task_spec.element.id, flow_scope(task))
        for token_id in [name for name, kept in self.kept.items() if kept == found]:
            if token_id != task.id:
                self.close_scope(token_id)
        self.kept[task.id] = found

    def close_scope(self, token_id: str) -> None:
        """Forget a token's scopes and the ended bodies that were kept inside them."""
        self.kept.pop(token_id, None)
        inside = {token_id, called_scope(token_id)}
        for name in [name for name, kept in self.kept.items() if kept.scope in inside]:
            self.close_scope(name)
        self.scopes.close(token_id)

    def happen(self, task: Any, happening: str, context: Mapping[str, Any]) -> None:
        """Remember a happening until the step has succeeded."""
        self.happenings.append((token_of(task), happening, context))

    def deliver(self) -> None:
        """Report the happenings of a step to the host."""
        self.asked = None
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
