"""A small builder of BPMN files for engine tests: elements and flows instead of pages of XML."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from app.engine.spiff import Definition, load_definition

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="x">'
)
FlowEnds = tuple[str, ...]


def el(tag: str, node_id: str, ext: str = "", inner: str = "", **attributes: str) -> str:
    """One element; `ext` goes into its extension elements."""
    attrs = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    wrapped = f"<bpmn:extensionElements>{ext}</bpmn:extensionElements>" if ext else ""
    return f'<bpmn:{tag} id="{node_id}"{attrs}>{wrapped}{inner}</bpmn:{tag}>'


def flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    """One sequence flow; its id is `source__target` unless named."""
    drawn = ""
    if condition:
        drawn = (
            '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
            f"{escape(condition)}</bpmn:conditionExpression>"
        )
    flow_id = name or f"{source}__{target}"
    return (
        f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">'
        f"{drawn}</bpmn:sequenceFlow>"
    )


def body(elements: Sequence[str], flows: Sequence[FlowEnds]) -> str:
    return "".join(elements) + "".join(flow(*ends) for ends in flows)


def process(name: str, elements: Sequence[str], flows: Sequence[FlowEnds]) -> str:
    return f'<bpmn:process id="{name}" isExecutable="true">{body(elements, flows)}</bpmn:process>'


def file(*parts: str) -> bytes:
    return (HEAD + "".join(parts) + "</bpmn:definitions>").encode()


def chain(*names: str) -> list[FlowEnds]:
    """The flows of a straight line."""
    return list(pairwise(names))


def definition(
    elements: Sequence[str], flows: Sequence[FlowEnds], *more: str, key: str = "p"
) -> Definition:
    """The definition of one process `p`, with further processes and root elements beside it."""
    return load_definition({"p.bpmn": file(process(key, elements, flows), *more)}, key)


def start(name: str = "s", inner: str = "") -> str:
    return el("startEvent", name, inner=inner)


def end(name: str = "e", inner: str = "") -> str:
    return el("endEvent", name, inner=inner)


def user(name: str, ext: str = "", inner: str = "") -> str:
    return el("userTask", name, ext, inner)


def service(name: str, kind: str, ext: str = "", inner: str = "") -> str:
    return el(
        "serviceTask", name, f'<zeebe:taskDefinition type="{kind}" retries="3"/>' + ext, inner
    )


def gateway(kind: str, name: str, **attributes: str) -> str:
    return el(f"{kind}Gateway", name, **attributes)


def sub(
    name: str, elements: Sequence[str], flows: Sequence[FlowEnds], ext: str = "", inner: str = ""
) -> str:
    return el("subProcess", name, ext, inner + body(elements, flows))


def call(
    name: str, called: str, ext: str = "", inner: str = "", *, parent: bool = True,
    child: bool = False,
) -> str:  # fmt: skip
    element = (
        f'<zeebe:calledElement processId="{called}"'
        f' propagateAllParentVariables="{str(parent).lower()}"'
        f' propagateAllChildVariables="{str(child).lower()}"/>'
    )
    return el("callActivity", name, element + ext, inner)


def boundary(name: str, host: str, event: str, *, interrupting: bool = True) -> str:
    return el(
        "boundaryEvent", name, inner=event, attachedToRef=host,
        cancelActivity=str(interrupting).lower(),
    )  # fmt: skip


def catch(name: str, event: str, ext: str = "") -> str:
    return el("intermediateCatchEvent", name, ext, event)


def timer(expression: str, kind: str = "timeDuration") -> str:
    return (
        f"<bpmn:timerEventDefinition><bpmn:{kind}>{escape(expression)}</bpmn:{kind}>"
        "</bpmn:timerEventDefinition>"
    )


def on_message(name: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{name}"/>'


def message(name: str, key: str = "") -> str:
    subscription = f"<zeebe:subscription correlationKey={quoteattr(key)}/>"
    ext = f"<bpmn:extensionElements>{subscription}</bpmn:extensionElements>" if key else ""
    return f'<bpmn:message id="{name}" name="{name}">{ext}</bpmn:message>'


def on_error(name: str = "") -> str:
    reference = f' errorRef="{name}"' if name else ""
    return f"<bpmn:errorEventDefinition{reference}/>"


def error(name: str, code: str) -> str:
    return f'<bpmn:error id="{name}" name="{name}" errorCode="{code}"/>'


def io(inputs: Sequence[tuple[str, str]] = (), outputs: Sequence[tuple[str, str]] = ()) -> str:
    drawn = [
        f'<zeebe:{tag} source={quoteattr(source)} target="{target}"/>'
        for tag, pairs in (("input", inputs), ("output", outputs))
        for source, target in pairs
    ]
    return f"<zeebe:ioMapping>{''.join(drawn)}</zeebe:ioMapping>"


def each(
    collection: str, element: str = "", *, into: str = "", result: str = "", until: str = "",
    sequential: bool = False,
) -> str:  # fmt: skip
    """Multi-instance characteristics."""
    attributes = f" inputCollection={quoteattr(collection)}"
    attributes += f' inputElement="{element}"' if element else ""
    if into:
        attributes += f' outputCollection="{into}" outputElement={quoteattr(result)}'
    condition = (
        f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    )
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:extensionElements><zeebe:loopCharacteristics{attributes}/>"
        f"</bpmn:extensionElements>{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )
