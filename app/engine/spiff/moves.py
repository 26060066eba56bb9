"""What tokens do: appear on a node, see variables, evaluate, are cancelled, throw errors.

Tokens are SpiffWorkflow tasks without a tree: relations that must survive a restore (the host of a
boundary event, the body of a multi-instance item, rivals behind an event-based gateway) stand as
token ids in `internal_data`. Nothing here reads a finished token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.errors import BpmnError, ErrorNotCaught
from app.engine.spiff.host import BODY, ENGINE, ERROR, JOIN, SERVICE, Token
from app.engine.spiff.model import Element, Flow
from app.engine.spiff.scopes import Scopes, Variables, assign_all

if TYPE_CHECKING:
    from app.engine.spiff.nodes import Node

LIVING = TaskState.WAITING | TaskState.READY | TaskState.STARTED
# Keys of `internal_data`, the part of a token that is stored.
ACTED, RESULT, FAILED, LAST, THROWN = "acted", "result", "failed", "last", "thrown"
ARRIVED, HOST, BODY_OF, RACE, VALUE, INDEX = "arrived", "host", "body", "race", "value", "index"
# On a returning token: where to. On the token sent back: by which one, and straight to where.
RETURN, RETURNED, STRAIGHT = "return", "returned", "straight"
# On a step that an operator lets run once more: it goes nowhere afterwards.
ALONE = "alone"


def put_token(
    workflow: Any,
    node: Node,
    *,
    flow: Flow | None = None,
    data: Mapping[str, Any] | None = None,
    local: Mapping[str, Any] | None = None,
) -> Any:
    """Let a token enter a node, with variables of its own if given, and arm its boundary events."""
    task = Task(workflow, node, None, TaskState.FUTURE, uuid4().hex)
    task.internal_data.update(data or {})
    if flow is not None and node.joins:
        task.internal_data[ARRIVED] = [flow.id]
    if local is not None:
        scopes_of(task).open(task.id, flow_scope(task)).update(local)
    node._update(task)
    for event in node.boundary if ALONE not in task.internal_data else ():
        put_token(workflow, event, data={HOST: task.id})
    return task


def related(task: Any, key: str, token_id: str | None = None) -> list[Any]:
    """Return the living tokens beside this one whose `key` names it (or the given token)."""
    wanted = token_id or task.id
    return [t for t in task.workflow.living() if t.internal_data.get(key) == wanted]


def body_of(task: Any) -> Any | None:
    """Return the multi-instance body that this token is an item of, or None."""
    body = task.internal_data.get(BODY_OF)
    return None if body is None else task.workflow.tasks[body]


def around(task: Any) -> Any | None:
    """Return the token that this one lives inside of, or None at the top."""
    return body_of(task) or task.workflow.parent_task


def scopes_of(task: Any) -> Scopes:
    """Return the scopes of the token's instance."""
    scopes: Scopes = task.workflow.top_workflow.scopes
    return scopes


def flow_scope(task: Any) -> str:
    """Return the scope in which a token's element stands."""
    return str(task.internal_data.get(BODY_OF) or task.workflow.scope)


def own_scope(task: Any) -> str:
    """Return the innermost scope a token sees: its own, its host's, else that around it."""
    scopes = scopes_of(task)
    for candidate in (task.id, task.internal_data.get(HOST)):
        if candidate is not None and candidate in scopes:
            return str(candidate)
    return flow_scope(task)


def context_of(task: Any) -> Variables:
    """Return the variables that a token sees."""
    return scopes_of(task).context(own_scope(task))


def evaluate(
    task: Any, attribute: str, expressions: Sequence[str], context: Mapping[str, Any] | None = None
) -> list[Any]:
    """Evaluate one moment's expressions in one call of the host; plain texts need none."""
    if not any(text.startswith("=") for text in expressions):
        return list(expressions)
    visible = context_of(task) if context is None else context
    host = task.workflow.top_workflow.host
    answer: list[Any] = host.evaluate(expressions, visible, task.task_spec.element, attribute)
    return answer


def write_outputs(task: Any, result: Mapping[str, Any]) -> None:
    """Write what leaves a token: its output mappings if there are any, else the whole result."""
    element: Element = task.task_spec.element
    scopes, outside = scopes_of(task), flow_scope(task)
    if element.outputs:
        context = {**context_of(task), **result}
        values = evaluate(task, "outputs", [source for source, _ in element.outputs], context)
        targets = (target for _, target in element.outputs)
        new = assign_all(zip(targets, values, strict=True), scopes.context(outside))
        scopes.put(outside, new)
    elif result:
        scopes.put(own_scope(task) if task.id in scopes else outside, result)


def cancel(task: Any, happening: str = "cancelled") -> None:
    """Cancel a living token with everything inside it and every event attached to it."""
    if not task.has_state(LIVING):
        return
    workflow = task.workflow
    task._set_state(TaskState.CANCELLED)
    for inner in [*_inside(task), *related(task, HOST)]:
        cancel(inner)
    workflow.top_workflow.subprocesses.pop(task.id, None)
    if ARRIVED not in task.internal_data:
        workflow.happen(task, happening, context_of(task))
    workflow.top_workflow.close_scope(task.id)
    workflow.forget(task)


def _inside(task: Any) -> Iterator[Any]:
    yield from related(task, BODY_OF)
    inner = task.workflow.top_workflow.subprocesses.get(task.id)
    if inner is not None:
        yield from inner.living()


def catcher_of(task: Any, error_code: str) -> Any | None:
    """Return the nearest boundary event, inside out, that catches an error's code, or None."""
    place: Any | None = task
    while place is not None:
        events = [e for e in related(place, HOST) if e.task_spec.element.event == "error"]
        by_code = {e.task_spec.element.error_code: e for e in events}
        catcher = by_code.get(error_code) or by_code.get(None)
        if catcher is not None:
            return catcher
        place = around(place)
    return None


def throw_error(task: Any, error: BpmnError) -> None:
    """Fire the boundary event that catches an error."""
    catcher = catcher_of(task, error.error_code)
    if catcher is None:
        raise ErrorNotCaught(task.task_spec.element.id, error.error_code) from error
    catcher.internal_data[RESULT] = error.variables
    catcher.task_spec.trigger(catcher)


def token_of(task: Any) -> Token:
    """Return the value that stands for a token outside the core."""
    data = task.internal_data
    index = data.get(INDEX)
    return Token(
        id=task.id,
        element=task.task_spec.element,
        waits_for=waits_for(task),
        enclosing=_enclosing(task),
        failed=FAILED in data,
        value=data.get(VALUE),
        item=None if index is None else index + 1,
        scope=flow_scope(task),
        sent_back_by=data.get(RETURNED),
    )


def waits_for(task: Any) -> str:
    """Name what a token waits for."""
    node, data = task.task_spec, task.internal_data
    if data.get(ACTED):
        return ENGINE
    if task.state == TaskState.READY:
        return node.waits_for if node.manual else ENGINE
    if task.state == TaskState.WAITING:
        return JOIN if node.joins else str(node.element.event)
    if task.state == TaskState.STARTED:
        return BODY if node.is_body else SERVICE
    return ENGINE


def is_shown(task: Any) -> bool:
    """Tell whether a token is handed out: bodies and armed error events are not."""
    return waits_for(task) not in {BODY, ERROR} or FAILED in task.internal_data


def _enclosing(task: Any) -> tuple[Element, ...]:
    found: list[Element] = []
    place = task.workflow.parent_task
    while place is not None:
        found.append(place.task_spec.element)
        place = place.workflow.parent_task
    return tuple(reversed(found))
