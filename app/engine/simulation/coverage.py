"""What scenarios visit of a process: its nodes and its sequence flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.engine.spiff import Definition
from app.messages import message


@dataclass(frozen=True)
class Coverage:
    """Which nodes and flows of a process the scenarios reached."""

    key: str
    nodes: int
    missing_nodes: tuple[str, ...]
    flows: int
    missing_flows: tuple[str, ...]

    @property
    def flow_share(self) -> float:
        """Return the share of sequence flows taken."""
        return 1 - len(self.missing_flows) / self.flows if self.flows else 1.0

    def data(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {**vars(self), "flow_share": round(self.flow_share, 3)}

    def line(self) -> str:
        """Return the figures for people."""
        seen = self.nodes - len(self.missing_nodes)
        taken = self.flows - len(self.missing_flows)
        return message(
            "scenario.coverage",
            process=self.key,
            seen=seen,
            nodes=self.nodes,
            taken=taken,
            flows=self.flows,
            share=round(100 * self.flow_share),
        )


def measure(key: str, definition: Definition, taken: set[str]) -> Coverage:
    """Work out a process's coverage from the flows that were taken."""
    flows = {f.id: f for f in definition.flows.values() if _process_of(definition, f.source) == key}
    elements = [e for e in definition.elements.values() if e.process_id == key]
    reached = {flows[flow].target for flow in taken & set(flows)}
    reached |= {
        e.id
        for e in elements
        if e.kind in ("startEvent", "boundaryEvent") and e.outgoing[0] in taken
    }
    missing = tuple(sorted(e.id for e in elements if e.id not in reached))
    return Coverage(key, len(elements), missing, len(flows), tuple(sorted(set(flows) - taken)))


def _process_of(definition: Definition, element_id: str) -> str:
    return definition.elements[element_id].process_id
