"""Gateways: choosing flows by conditions, and joining branches without reading the past.

A join's state is the list of flows on which tokens arrived; it lives on the one token that waits at
the gateway. Every gateway asks for all its conditions in one call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.errors import NoWayOut, WrongValue
from app.engine.spiff.model import Flow
from app.engine.spiff.moves import ALONE, ARRIVED, BODY_OF, HOST, RACE, evaluate, put_token
from app.engine.spiff.nodes import Node

CHOSEN = "chosen"


class ChoosingNode(Node):
    """A gateway that leaves by some of its flows."""

    def true_flows(self, task: Any) -> list[str]:
        """Return the flows whose conditions are true, in document order."""
        flows = [f for f, _ in self.ways if f.condition and f.id != self.element.default_flow]
        conditions = [flow.condition or "" for flow in flows]
        values = evaluate(task, "conditions", conditions)
        for condition, value in zip(conditions, values, strict=True):
            if not isinstance(value, bool):
                raise WrongValue(
                    "core.condition_not_boolean",
                    element=self.element.id,
                    expression=condition,
                    value=value,
                )
        return [flow.id for flow, value in zip(flows, values, strict=True) if value]

    def default(self) -> list[str]:
        """Return the flow taken when no condition is true; a single bare flow is one, too."""
        bare = [f.id for f, _ in self.ways if not f.condition or f.id == self.element.default_flow]
        if not bare:
            raise NoWayOut(self.element.id)
        return bare[:1]

    def chosen(self, task: Any) -> Sequence[tuple[Flow, Node]]:
        """Return the flows that the conditions chose."""
        names = task.internal_data[CHOSEN]
        return [(flow, node) for flow, node in self.ways if flow.id in names]


class ExclusiveNode(ChoosingNode):
    """`exclusiveGateway`: the first true flow, else the default."""

    def _run_hook(self, task: Any) -> bool | None:
        task.internal_data[CHOSEN] = self.true_flows(task)[:1] or self.default()
        return True


class JoiningNode(Node):
    """Gathers arriving tokens on one waiting token."""

    joins = True

    def _update_hook(self, task: Any) -> bool | None:
        self._absorb(task)
        if self.is_complete(task):
            self.enter(task)
            return True
        if task.state != TaskState.WAITING:
            task._set_state(TaskState.WAITING)
        return None

    def is_complete(self, task: Any) -> bool:
        """Tell whether enough tokens arrived."""
        got = set(task.internal_data[ARRIVED])
        return got.issuperset(self.element.incoming)

    def _absorb(self, task: Any) -> None:
        for other in task.workflow.living():
            if other is task or other.task_spec is not self or other.state != TaskState.WAITING:
                continue
            task.internal_data[ARRIVED] = other.internal_data[ARRIVED] + task.internal_data[ARRIVED]
            task.workflow.forget(other)


class ParallelNode(JoiningNode):
    """`parallelGateway`: one token from every incoming flow; surplus tokens stay."""

    def _run_hook(self, task: Any) -> bool | None:
        surplus = Counter(task.internal_data.pop(ARRIVED)) - Counter(self.element.incoming)
        if surplus:
            put_token(task.workflow, self, data={ARRIVED: list(surplus.elements())})
        return True


class InclusiveNode(JoiningNode, ChoosingNode):
    """`inclusiveGateway`: waits while a token elsewhere can only reach an empty incoming flow."""

    looks_around = True

    def is_complete(self, task: Any) -> bool:
        """Tell whether no token elsewhere must still arrive."""
        got = set(task.internal_data[ARRIVED])
        empty = set(self.element.incoming) - got
        definition = task.workflow.top_workflow.definition
        for other in task.workflow.living() if empty else ():
            if other.task_spec is self or {HOST, ALONE} & set(other.internal_data):
                continue  # an armed boundary event counts with its host, a repeated step nowhere
            if BODY_OF in other.internal_data:
                continue  # an item counts with its body
            ahead = definition.flows_ahead(other.task_spec.element.id, self.element.id)
            if ahead & empty and not ahead & got:
                return False
        return True

    def _run_hook(self, task: Any) -> bool | None:
        task.internal_data.pop(ARRIVED)
        task.internal_data[CHOSEN] = self.true_flows(task) or self.default()
        return True


class RaceNode(Node):
    """`eventBasedGateway`: the events behind it wait side by side; the first cancels the rest."""

    def go_on(self, task: Any, data: Mapping[str, Any] | None = None) -> None:
        """Arm every event behind the gateway as a rival of the others."""
        super().go_on(task, {RACE: task.id})
