"""Tokens with an inside: sub-processes, call activities and multi-instance activities.

Each opens a scope of its own and lives, started, until its inside has ended; then it is ready and
runs like any other node.
"""

from __future__ import annotations

import copy
import re
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.errors import WrongValue
from app.engine.spiff.model import Loop
from app.engine.spiff.moves import (
    BODY_OF,
    HOST,
    INDEX,
    RESULT,
    cancel,
    context_of,
    evaluate,
    flow_scope,
    put_token,
    related,
    scopes_of,
)
from app.engine.spiff.nodes import Node
from app.engine.spiff.scopes import called_scope
from app.engine.spiff.workflow import Inner

ITEM_LIMIT = 200
# An expression that is nothing but a variable, or a part of one.
PATH = re.compile(r"=\s*(?!(?:true|false|null)\b)([^\W\d]\w*)(?:\.\w+)*\s*")
COUNT, NEXT, DONE, ITEMS = "count", "next", "done", "items"


class SubProcessNode(Node, SubWorkflowTask):
    """`subProcess`: its tokens see the variables around it and its own."""

    is_body = True

    def _update_hook(self, task: Any) -> bool | None:
        scopes_of(task).open(task.id, flow_scope(task))
        task._set_state(TaskState.STARTED)
        self.enter(task)
        self.open_inside(task)
        Inner(task).begin()
        return None

    def open_inside(self, task: Any) -> None:
        """Prepare the scope of the inside; a sub-process uses its own."""

    def end_scope(self, task: Any) -> None:
        """Keep the variables when a case may be sent back inside, else forget them."""
        instance = task.workflow.top_workflow
        if self.element.id in instance.definition.kept_bodies and self.element.loop is None:
            instance.keep(task)
        else:
            super().end_scope(task)

    def enter_again(self, workflow: Any, token_id: str) -> Inner:
        """Open an ended body once more with the variables it had; its inside is still empty."""
        task = Task(workflow, self, None, TaskState.FUTURE, token_id)
        task._set_state(TaskState.STARTED)
        workflow.happen(task, "entered", context_of(task))
        inner = Inner(task)
        for event in self.boundary:
            put_token(workflow, event, data={HOST: task.id})
        return inner


class CallNode(SubProcessNode):
    """`callActivity`: the called process sees copies, and gives back what is asked for."""

    is_call = True

    def open_inside(self, task: Any) -> None:
        """Copy in all visible variables, or the call activity's own alone."""
        scopes, called = scopes_of(task), self.element.called_process
        whole = called is None or called.propagate_parent
        given = context_of(task) if whole else scopes.local(task.id)
        scopes.open(called_scope(task.id), None).update(copy.deepcopy(given))

    def _run_hook(self, task: Any) -> bool | None:
        called = self.element.called_process
        if self.element.outputs or called is None or called.propagate_child:
            task.internal_data[RESULT] = dict(scopes_of(task).local(called_scope(task.id)))
        return True


class MultiInstanceNode(Node):
    """The body of a multi-instance activity: one item per entry of the input collection."""

    is_body = True
    item: Node
    loop: Loop

    def enter(self, task: Any) -> None:
        """Report the entry; input mappings belong to the items."""
        task.workflow.happen(task, "entered", context_of(task))

    def _update_hook(self, task: Any) -> bool | None:
        self.enter(task)
        items = self._collection(task)
        local = scopes_of(task).open(task.id, flow_scope(task))
        if self.loop.output_collection:
            local[self.loop.output_collection] = [None] * len(items)
        task.internal_data.update({COUNT: len(items), NEXT: 0, DONE: 0, ITEMS: items})
        if not items:
            return True
        task._set_state(TaskState.STARTED)
        for _ in range(1 if self.loop.sequential else len(items)):
            self._next_item(task)
        return None

    def _collection(self, task: Any) -> list[Any]:
        expression = self.loop.input_collection
        (items,) = evaluate(task, "inputCollection", [expression])
        if not isinstance(items, list) or len(items) > ITEM_LIMIT:
            code = "core.too_many_items" if isinstance(items, list) else "core.collection_not_list"
            raise WrongValue(code, element=self.element.id, expression=expression, value=items)
        return list(items)

    def _next_item(self, task: Any) -> None:
        data = task.internal_data
        index = data[NEXT]
        data[NEXT] = index + 1
        put_item(task, self.item, index, data[ITEMS][index])

    def item_done(self, task: Any, item: Any) -> None:
        """Collect an item's output; end when all are done or the condition is met."""
        data = task.internal_data
        data[DONE] += 1
        context = context_of(item)
        self._collect(task, item, context)
        if self._is_enough(task, context):
            for other in related(task, BODY_OF):
                cancel(other)
        elif data[DONE] < data[COUNT]:
            if self.loop.sequential:
                self._next_item(task)
            return
        task._set_state(TaskState.READY)

    def _collect(self, task: Any, item: Any, context: dict[str, Any]) -> None:
        output, expression = self.loop.output_collection, self.loop.output_element
        if output is None or expression is None:
            return
        (value,) = evaluate(item, "outputElement", [expression], context)
        results = scopes_of(task).local(task.id)[output]
        results[item.internal_data[INDEX]] = value

    def _is_enough(self, task: Any, context: dict[str, Any]) -> bool:
        expression = self.loop.completion_condition
        if expression is None:
            return False
        data = task.internal_data
        visible = {
            **context,
            **scopes_of(task).local(task.id),
            "numberOfInstances": data[COUNT],
            "numberOfActiveInstances": data[NEXT] - data[DONE],
            "numberOfCompletedInstances": data[DONE],
            "numberOfTerminatedInstances": 0,
        }
        (enough,) = evaluate(task, "completionCondition", [expression], visible)
        if not isinstance(enough, bool):
            raise WrongValue(
                "core.completion_not_boolean",
                element=self.element.id,
                expression=expression,
                value=enough,
            )
        return enough

    def _on_complete_hook(self, task: Any) -> None:
        scopes, output = scopes_of(task), self.loop.output_collection
        task.workflow.happen(task, "completed", context_of(task))
        if output is not None:
            scopes.put(flow_scope(task), {output: scopes.local(task.id)[output]})
        self.leave(task)


def put_item(body: Any, node: Node, index: int, value: Any) -> None:
    """Let one item of a multi-instance body begin, with its counter and its entry."""
    loop = node.element.loop
    local: dict[str, Any] = {}
    if loop is not None and (own := PATH.fullmatch(loop.output_element or "")):
        local[own[1]] = None  # what the item brings stays with it and is collected
    if loop is not None and loop.input_element:
        local[loop.input_element] = copy.deepcopy(value)
    local["loopCounter"] = index + 1
    put_token(body.workflow, node, data={BODY_OF: body.id, INDEX: index}, local=local)
