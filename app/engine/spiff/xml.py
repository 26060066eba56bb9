"""Reading BPMN files that strangers wrote: bounded, without entities, and only known vocabulary.

A file that is too large, carries a DOCTYPE or uses an element or namespace the engine does not run
is refused here by name. Meaning is read in `reading`, and what contradicts itself in `refusals`.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from app.engine.spiff.bounds import check_bounds
from app.engine.spiff.model import ELEMENT_KINDS
from app.errors import DefinitionError

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XML = "http://www.w3.org/XML/1998/namespace"
NAMESPACES = frozenset(
    {
        BPMN,
        ZEEBE,
        "http://www.omg.org/spec/BPMN/20100524/DI",
        "http://www.omg.org/spec/DD/20100524/DC",
        "http://www.omg.org/spec/DD/20100524/DI",
        "http://camunda.org/schema/modeler/1.0",
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    }
)
PARTS = ("EventDefinition", "LoopCharacteristics", "loopCardinality", "Association")
MAX_BYTES = 2 * 1024 * 1024

# Drawn in BPMN but not run; each code's sentence names the alternative.
REFUSED = {
    "signalEventDefinition": "definition.signal",
    "signal": "definition.signal",
    "escalationEventDefinition": "definition.escalation",
    "escalation": "definition.escalation",
    "compensateEventDefinition": "definition.compensation",
    "linkEventDefinition": "definition.link",
    "conditionalEventDefinition": "definition.conditional",
    "cancelEventDefinition": "definition.transaction",
    "transaction": "definition.transaction",
    "adHocSubProcess": "definition.ad_hoc",
    "complexGateway": "definition.complex_gateway",
    "standardLoopCharacteristics": "definition.standard_loop",
    "loopCardinality": "definition.loop_cardinality",
    "loopDataInputRef": "definition.loop_data",
    "loopDataOutputRef": "definition.loop_data",
    "inputDataItem": "definition.loop_data",
    "outputDataItem": "definition.loop_data",
    "dataInputAssociation": "definition.data_association",
    "dataOutputAssociation": "definition.data_association",
    "ioSpecification": "definition.data_association",
    "script": "definition.script_language",
}
# What an attribute makes of an element that runs otherwise.
REFUSED_ATTRIBUTES = {
    ("triggeredByEvent", "true"): "definition.event_subprocess",
    ("isForCompensation", "true"): "definition.compensation",
    ("instantiate", "true"): "definition.instantiating",
    ("eventGatewayType", "Parallel"): "definition.parallel_race",
    ("parallelMultiple", "true"): "definition.several_events",
}
BPMN_ELEMENTS = frozenset(ELEMENT_KINDS) | {
    "definitions", "process", "collaboration", "participant", "participantMultiplicity",
    "messageFlow", "laneSet", "childLaneSet", "lane", "flowNodeRef", "sequenceFlow",
    "conditionExpression", "incoming", "outgoing", "documentation", "extensionElements",
    "message", "error", "timerEventDefinition", "timeDate", "timeDuration", "timeCycle",
    "messageEventDefinition", "errorEventDefinition", "terminateEventDefinition",
    "multiInstanceLoopCharacteristics", "completionCondition",
    "textAnnotation", "text", "association", "group", "category", "categoryValue",
    "dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataState",
}  # fmt: skip
ZEEBE_ELEMENTS = frozenset(
    {
        "userTask", "formDefinition", "assignmentDefinition", "taskSchedule", "priorityDefinition",
        "taskDefinition", "taskHeaders", "header", "ioMapping", "input", "output",
        "calledDecision", "calledElement", "properties", "property", "script",
        "executionListeners", "executionListener", "taskListeners", "taskListener",
        "loopCharacteristics", "subscription", "versionTag",
    }
)  # fmt: skip


def parse(content: bytes, file: str) -> etree._Element:
    """Return the root element of a BPMN file whose whole vocabulary is known."""
    if len(content) > MAX_BYTES:
        raise DefinitionError("definition.too_large", file=file, size=len(content), limit=MAX_BYTES)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as broken:
        raise DefinitionError("definition.not_xml", file=file, reason=str(broken)) from broken
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise DefinitionError("definition.doctype", file=file)
    if root.tag != f"{{{BPMN}}}definitions":
        raise DefinitionError("definition.not_bpmn", file=file, found=str(root.tag))
    check_bounds(root, file)
    for node in root.iter(etree.Element):
        _check_vocabulary(node, file)
    return root


def owner(node: etree._Element) -> str:
    """Return the id of the element that a node belongs to, so that an error can point at it.

    Event definitions and markers have ids of their own that nobody sees in a drawing.
    """
    found: etree._Element | None = node
    while found is not None:
        if found.get("id") and not local(found).endswith(PARTS):
            return str(found.get("id"))
        found = found.getparent()
    return ""


def local(node: etree._Element) -> str:
    """Return a node's name without its namespace."""
    return etree.QName(node).localname


def _check_vocabulary(node: etree._Element, file: str) -> None:
    name = etree.QName(node)
    foreign = [a for a in node.attrib if etree.QName(a).namespace not in {None, XML, *NAMESPACES}]
    if name.namespace not in NAMESPACES or foreign:
        found = str(foreign[0] if foreign else node.tag)
        raise DefinitionError("definition.namespace", file=file, element=owner(node), found=found)
    if name.namespace == ZEEBE and name.localname not in ZEEBE_ELEMENTS:
        _refuse("definition.unknown_extension", node, file)
    if name.namespace == BPMN:
        if name.localname in REFUSED:
            _refuse(REFUSED[name.localname], node, file)
        if name.localname not in BPMN_ELEMENTS:
            _refuse("definition.unsupported", node, file)
        for said, code in REFUSED_ATTRIBUTES.items():
            if node.get(said[0]) == said[1]:
                _refuse(code, node, file)


def _refuse(code: str, node: etree._Element, file: str) -> None:
    raise DefinitionError(code, file=file, element=owner(node), found=local(node))
