"""Compiling a checked drawing with SpiffWorkflow's parser.

The parser subclass reads one process at a time: first every node, then every flow, so that long
chains need no recursion. Meaning comes from the drawing; the library contributes the process specs
and finds sub-processes and called processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser

from app.engine.spiff.bodies import CallNode, MultiInstanceNode, SubProcessNode
from app.engine.spiff.events import BoundaryNode, WaitingNode
from app.engine.spiff.gateways import ExclusiveNode, InclusiveNode, ParallelNode, RaceNode
from app.engine.spiff.model import Drawing, Element
from app.engine.spiff.nodes import (
    EndNode,
    Node,
    PassNode,
    RuleNode,
    ScriptNode,
    ServiceNode,
    StartNode,
    ThrowNode,
    UserNode,
)
from app.engine.spiff.reading import executable

NODES: dict[str, type[Node]] = {
    "startEvent": StartNode,
    "endEvent": EndNode,
    "intermediateCatchEvent": WaitingNode,
    "intermediateThrowEvent": ThrowNode,
    "boundaryEvent": BoundaryNode,
    "task": PassNode,
    "manualTask": PassNode,
    "userTask": UserNode,
    "serviceTask": ServiceNode,
    "sendTask": ServiceNode,
    "receiveTask": WaitingNode,
    "scriptTask": ScriptNode,
    "businessRuleTask": RuleNode,
    "exclusiveGateway": ExclusiveNode,
    "parallelGateway": ParallelNode,
    "inclusiveGateway": InclusiveNode,
    "eventBasedGateway": RaceNode,
    "subProcess": SubProcessNode,
    "callActivity": CallNode,
}


def item_name(element_id: str) -> str:
    """Return the name of the node that runs one item of a multi-instance activity."""
    return f"{element_id} [item]"


class NodeReader(TaskParser):
    """Makes the node of one element; a multi-instance element gets a body and an item node."""

    def parse_node(self) -> Node:
        """Return the node that flows lead to."""
        element = self.process_parser.parser.drawing.elements[self.bpmn_id]
        if element.loop is None:
            return self._node(element, element.id)
        body = MultiInstanceNode(self.spec, element.id, bpmn_name=element.name)
        body.element, body.loop = element, element.loop
        body.item = self._node(element, item_name(element.id))
        return body

    def _node(self, element: Element, name: str) -> Node:
        arguments: dict[str, Any] = {"bpmn_name": element.name, "lane": element.lane}
        if element.kind == "subProcess":
            arguments["subworkflow_spec"] = SubprocessParser.get_subprocess_spec(self)
        elif element.called_process is not None:
            arguments["subworkflow_spec"] = element.called_process.id
        node: Node = self.spec_class(self.spec, name, **arguments)
        node.element = element
        if element.kind == "startEvent" and element.event == "none":
            self.spec.plain_start = node
        return node


class ProcessReader(ProcessParser):
    """Makes the nodes of one process or sub-process, then connects them."""

    def _parse(self) -> None:
        self.spec = self.create_spec()
        self.add_tasks()

    def add_tasks(self) -> None:
        """Make every node, then every connection: no recursion along the flows."""
        tags = self.parser.OVERRIDE_PARSER_CLASSES
        made = {n.get("id"): self.parse_node(n) for n in self.node if n.tag in tags}
        drawing: Drawing = self.parser.drawing
        for name, node in made.items():
            element = drawing.elements[name]
            for flow in (drawing.flows[flow_id] for flow_id in element.outgoing):
                node.ways.append((flow, made[flow.target]))
                node.connect(made[flow.target])
            if element.attached_to is not None:
                made[element.attached_to].boundary.append(node)


class Compiler(BpmnParser):
    """SpiffWorkflow's parser over one drawing."""

    PROCESS_PARSER_CLASS = ProcessReader
    OVERRIDE_PARSER_CLASSES = {full_tag(kind): (NodeReader, node) for kind, node in NODES.items()}  # noqa: RUF012 - the library's own attribute

    def __init__(self, drawing: Drawing) -> None:
        super().__init__()
        self.drawing = drawing

    def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None:
        """Take the executable processes alone: all else that matters is in the drawing."""
        for node in executable(bpmn):
            self.create_parser(node, filename)


def compile_drawing(
    drawing: Drawing, roots: Mapping[str, etree._Element], process_id: str
) -> tuple[Any, dict[str, Any]]:
    """Return the spec of a process and those of everything inside it."""
    compiler = Compiler(drawing)
    for file, root in roots.items():
        compiler.add_bpmn_xml(root, file)
    return compiler.get_spec(process_id), compiler.get_subprocess_specs(process_id)
