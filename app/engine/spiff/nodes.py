"""Flow nodes as SpiffWorkflow task specs: what happens when a token enters, runs and leaves.

`Node` replaces the library's data inheritance and predictions by scopes and drawn flows; the plain
tasks and the start and end events stand here, the rest in `gateways`, `events` and `bodies`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from app.engine.spiff.errors import BpmnError
from app.engine.spiff.host import ENGINE, USER, Waiting
from app.engine.spiff.model import Element, Flow
from app.engine.spiff.moves import (
    ALONE,
    HOST,
    RESULT,
    STRAIGHT,
    body_of,
    cancel,
    context_of,
    evaluate,
    flow_scope,
    put_token,
    related,
    scopes_of,
    token_of,
    write_outputs,
)
from app.engine.spiff.scopes import Variables, assign, plain


class Node(BpmnSpecMixin):
    """A flow node; passes its token on at once."""

    element: Element
    waits_for = ENGINE
    joins = False  # keeps arriving tokens until enough are there
    looks_around = False  # must look again whenever another token moved
    is_body = False  # lives as long as what is inside it
    is_call = False

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.ways: list[tuple[Flow, Node]] = []
        self.boundary: list[Node] = []

    def test(self) -> None:
        """The drawing was checked when it was loaded."""

    def enter(self, task: Any) -> None:
        """Apply the input mappings in a scope of the token's own and report the entry."""
        inputs = self.element.inputs
        if inputs:
            values = evaluate(task, "inputs", [source for source, _ in inputs])
            local = scopes_of(task).open(task.id, flow_scope(task))
            for (_, target), value in zip(inputs, values, strict=True):
                assign(target, value, local)
        task.workflow.happen(task, "entered", context_of(task))

    def chosen(self, task: Any) -> Sequence[tuple[Flow, Node]]:
        """Return the flows that the token leaves by."""
        return self.ways

    def go_on(self, task: Any, data: Mapping[str, Any] | None = None) -> None:
        """Put a token behind every chosen flow; joins that look around must see all the others."""
        chosen = sorted(self.chosen(task), key=lambda way: way[1].looks_around)
        for flow, target in chosen:
            task.workflow.top_workflow.taken.append(flow.id)
            put_token(task.workflow, target, flow=flow, data=data)

    def leave(self, task: Any) -> None:
        """End what hangs on the token, then go on; an item reports to its body instead."""
        for event in related(task, HOST):
            cancel(event)
        body = body_of(task)
        if body is not None:
            body.task_spec.item_done(body, task)
        self.end_scope(task)
        if body is None and ALONE not in task.internal_data:
            self.go_on(task)

    def end_scope(self, task: Any) -> None:
        """Forget the variables that only this token saw."""
        task.workflow.top_workflow.close_scope(task.id)

    def _update_hook(self, task: Any) -> bool | None:
        self.enter(task)
        return True

    def _on_ready_hook(self, task: Any) -> None:
        """The library would emit an event that nobody hears."""

    def _run_hook(self, task: Any) -> bool | None:
        return True

    def _on_complete_hook(self, task: Any) -> None:
        result: Mapping[str, Any] = task.internal_data.get(RESULT) or {}
        task.workflow.happen(task, "completed", {**context_of(task), **result})
        write_outputs(task, result)
        self.leave(task)


class PassNode(Node):
    """`task`, `manualTask`, plain throw events: nothing to wait for."""


class UserNode(Node):
    """`userTask`: waits for a person."""

    waits_for = USER

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = True

    def go_on(self, task: Any, data: Mapping[str, Any] | None = None) -> None:
        """Go on; a corrected task may lead straight back to the one that sent the case back."""
        straight = task.internal_data.get(STRAIGHT)
        if straight is None:
            super().go_on(task, data)
        else:
            put_token(task.workflow, task.workflow.spec.task_specs[straight])


class ServiceNode(Node):
    """`serviceTask`, `sendTask` and every task with a task type: an operation of the host."""

    def _run_hook(self, task: Any) -> bool | None:
        answer = self.work(task)
        if isinstance(answer, Waiting):
            return None  # the token stays, started, until `Run.finish`
        task.internal_data[RESULT] = plain(answer or {}, self.element.id)
        return True

    def work(self, task: Any) -> Mapping[str, Any] | Waiting | None:
        """Ask the host; the operation sees its inputs and the variables around them."""
        context = context_of(task)
        names = [target.partition(".")[0] for _, target in self.element.inputs]
        inputs: Variables = {name: context[name] for name in names}
        host = task.workflow.top_workflow.host
        answer: Mapping[str, Any] | Waiting | None = host.perform(token_of(task), inputs, context)
        return answer


class RuleNode(ServiceNode):
    """`businessRuleTask` with a called decision."""

    def work(self, task: Any) -> Mapping[str, Any] | Waiting | None:
        decision = self.element.called_decision
        if decision is None:
            return super().work(task)
        host = task.workflow.top_workflow.host
        output = host.decide(token_of(task), decision.id, context_of(task))
        return {decision.result_variable: output}


class ScriptNode(ServiceNode):
    """`scriptTask` with a FEEL expression."""

    def work(self, task: Any) -> Mapping[str, Any] | Waiting | None:
        script = self.element.script
        if script is None:
            return super().work(task)
        (value,) = evaluate(task, "script", [script.expression])
        return {script.result_variable: value}


class StartNode(Node):
    """`startEvent`: whoever puts a token here has chosen it."""


class EndNode(Node):
    """`endEvent`: plain, error or terminate."""

    def _run_hook(self, task: Any) -> bool | None:
        if self.element.event == "error":
            raise BpmnError(self.element.error_code or "")
        return True

    def go_on(self, task: Any, data: Mapping[str, Any] | None = None) -> None:
        """Terminate takes every other token of the same process or sub-process with it."""
        if self.element.event == "terminate":
            for other in task.workflow.living():
                cancel(other)
