"""From checked XML to the plain values of `model`: one `Drawing` for all files of a bundle.

Only executable processes are read. Repeated ids are refused here, because everything later finds
elements by id; other contradictions are left to `refusals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from app.engine.spiff.attributes import (
    children,
    event_attributes,
    first,
    listeners,
    loop_of,
    properties,
    text_of,
    zeebe_attributes,
)
from app.engine.spiff.model import (
    ELEMENT_KINDS,
    Drawing,
    Element,
    Flow,
    Lane,
    Process,
)
from app.engine.spiff.xml import BPMN, local
from app.errors import DefinitionError

NODE_TAGS = frozenset(f"{{{BPMN}}}{kind}" for kind in ELEMENT_KINDS)
FLOW_TAG = f"{{{BPMN}}}sequenceFlow"
SUBPROCESS_TAG = f"{{{BPMN}}}subProcess"


def read_drawing(roots: Mapping[str, etree._Element]) -> Drawing:
    """Read the executable processes of all files; raises DefinitionError for repeated ids."""
    elements: dict[str, Element] = {}
    flows: dict[str, Flow] = {}
    lanes: list[Lane] = []
    processes: dict[str, Process] = {}
    owners: dict[str, str] = {}
    for file, root in roots.items():
        for node in executable(root):
            process = _process(node, file)
            _claim(owners, process.id, file)
            processes[process.id] = process
            reader = _ProcessReader(node, process)
            for flow in reader.flows():
                _claim(owners, flow.id, file)
                flows[flow.id] = flow
            for element in reader.elements():
                _claim(owners, element.id, file)
                elements[element.id] = element
            lanes.extend(reader.lanes)
    return Drawing(elements, flows, tuple(lanes), processes)


def executable(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the process nodes that are meant to run."""
    for node in children(root, "process"):
        if node.get("isExecutable", "true") == "true":
            yield node


def _claim(owners: dict[str, str], name: str, file: str) -> None:
    if not name:
        raise DefinitionError("definition.no_id", file=file)
    if name in owners:
        raise DefinitionError("definition.repeated_id", file=file, element=name, other=owners[name])
    owners[name] = file


def _process(node: etree._Element, file: str) -> Process:
    return Process(
        id=node.get("id", ""),
        name=node.get("name", "") or node.get("id", ""),
        file=file,
        documentation=text_of(first(node, "documentation")),
        properties=properties(node),
        listeners=listeners(node),
    )


class _ProcessReader:
    """Reads one process with its sub-processes."""

    def __init__(self, node: etree._Element, process: Process) -> None:
        self.node = node
        self.process = process
        self.lanes = [
            Lane(lane.get("id", ""), lane.get("name", ""), process.id, _members(lane))
            for lane in node.iter(f"{{{BPMN}}}lane")
        ]
        self.lane_names = {
            member: lane.name for lane in self.lanes for member in lane.elements if lane.name
        }
        self.drawn_flows = [self._flow(flow) for flow in node.iter(FLOW_TAG)]

    def flows(self) -> list[Flow]:
        """Return all sequence flows in document order."""
        return self.drawn_flows

    def elements(self) -> Iterator[Element]:
        """Yield all flow nodes in document order."""
        incoming: dict[str, list[str]] = {}
        outgoing: dict[str, list[str]] = {}
        for flow in self.drawn_flows:
            outgoing.setdefault(flow.source, []).append(flow.id)
            incoming.setdefault(flow.target, []).append(flow.id)
        for node in self.node.iter(*NODE_TAGS):
            name = node.get("id", "")
            yield Element(
                id=name,
                kind=local(node),
                process_id=self.process.id,
                file=self.process.file,
                name=node.get("name", ""),
                documentation=text_of(first(node, "documentation")),
                lane=self._lane(node),
                parent=_parent(node),
                incoming=tuple(incoming.get(name, ())),
                outgoing=tuple(outgoing.get(name, ())),
                default_flow=node.get("default"),
                loop=loop_of(node, self.process.file),
                **event_attributes(node, self.process.file),
                **zeebe_attributes(node, self.process.file),
            )

    def _flow(self, node: etree._Element) -> Flow:
        condition = first(node, "conditionExpression")
        return Flow(
            id=node.get("id", ""),
            source=node.get("sourceRef", ""),
            target=node.get("targetRef", ""),
            process_id=self.process.id,
            file=self.process.file,
            name=node.get("name", ""),
            condition=None if condition is None else text_of(condition),
        )

    def _lane(self, node: etree._Element) -> str | None:
        """Return the lane of a node, else that of the sub-process around it."""
        found: etree._Element | None = node
        while found is not None and found is not self.node:
            if found.get("id", "") in self.lane_names:
                return self.lane_names[found.get("id", "")]
            found = found.getparent()
        return None


def _parent(node: etree._Element) -> str | None:
    parent = node.getparent()
    is_subprocess = parent is not None and parent.tag == SUBPROCESS_TAG
    return parent.get("id") if parent is not None and is_subprocess else None


def _members(lane: etree._Element) -> tuple[str, ...]:
    return tuple(text_of(reference) for reference in children(lane, "flowNodeRef"))
