"""Events that wait: timers and messages in the flow, receive tasks, boundary events.

The core never looks at a clock: a waiting event evaluates its expression once, hands the value out
with its token, and goes on when the host has fired it.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.errors import WrongValue
from app.engine.spiff.moves import (
    ACTED,
    HOST,
    LAST,
    RACE,
    RESULT,
    VALUE,
    cancel,
    context_of,
    evaluate,
    related,
    write_outputs,
)
from app.engine.spiff.nodes import Node


class WaitingNode(Node):
    """`intermediateCatchEvent`, `receiveTask`."""

    def _update_hook(self, task: Any) -> bool | None:
        task._set_state(TaskState.WAITING)
        self.enter(task)
        self.evaluate(task)
        return None

    def evaluate(self, task: Any) -> None:
        """Ask for the rule of a timer or the key of a message."""
        element = self.element
        expression = element.timer_expression or element.correlation_key
        if expression is None:
            return
        timer = element.timer_expression is not None
        (value,) = evaluate(task, "timer" if timer else "correlationKey", [expression])
        usable = (isinstance(value, str) and value) or (not timer and _is_number(value))
        if not usable:
            code = "core.timer_not_text" if timer else "core.correlation_not_text"
            raise WrongValue(code, element=element.id, expression=expression, value=value)
        task.internal_data[VALUE] = value

    def trigger(self, task: Any) -> None:
        """Go on, at once: what interrupts must not wait behind other steps."""
        task._set_state(TaskState.READY)
        task.run()

    def leave(self, task: Any) -> None:
        """The first event behind an event-based gateway ends its rivals."""
        race = task.internal_data.get(RACE)
        for rival in related(task, RACE, race) if race else ():
            cancel(rival)
        super().leave(task)


class BoundaryNode(WaitingNode):
    """`boundaryEvent`: interrupts its host, or fires beside it and may stay armed."""

    def trigger(self, task: Any) -> None:
        """Fire; a repeating event stays armed and sends a token of its own each time."""
        if not self.element.repeats or LAST in task.internal_data:
            super().trigger(task)
            return
        task.internal_data.pop(ACTED, None)
        result = task.internal_data.pop(RESULT, None) or {}
        task.workflow.happen(task, "fired", {**context_of(task), **result})
        write_outputs(task, result)
        self.go_on(task)

    def leave(self, task: Any) -> None:
        """An interrupting event takes its host, and so the host's other events, with it."""
        if self.element.interrupting:
            cancel(task.workflow.tasks[task.internal_data[HOST]])
        super().leave(task)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
