"""What a designer drew, as plain values: elements, flows, lanes and processes of one bundle.

Nothing here knows SpiffWorkflow or XML. `reading` makes these values, the checks, the pages and
the running specs read them; they never change after loading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

# Every kind of flow node the engine runs; anything else is refused when a bundle is loaded.
ELEMENT_KINDS = (
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "manualTask",
    "userTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "scriptTask",
    "businessRuleTask",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "subProcess",
    "callActivity",
)
ACTIVITY_KINDS = frozenset(k for k in ELEMENT_KINDS if k.lower().endswith("task")) | {
    "subProcess",
    "callActivity",
}

THROWING = frozenset({"endEvent", "intermediateThrowEvent"})


@dataclass(frozen=True)
class CalledDecision:
    """`zeebe:calledDecision` of a business rule task."""

    id: str
    result_variable: str


@dataclass(frozen=True)
class CalledProcess:
    """`zeebe:calledElement` of a call activity with its two propagation switches."""

    id: str
    propagate_parent: bool = True
    propagate_child: bool = True


@dataclass(frozen=True)
class Script:
    """`zeebe:script`: a FEEL expression and the variable that takes its result."""

    expression: str
    result_variable: str


@dataclass(frozen=True)
class Loop:
    """Multi-instance: one instance per item of the collection, all at once or in turn."""

    input_collection: str
    input_element: str | None = None
    output_collection: str | None = None
    output_element: str | None = None
    completion_condition: str | None = None
    sequential: bool = False


class Listener(NamedTuple):
    """An execution or task listener: at which event (`start`, `end`, …) which operation runs."""

    event_type: str
    type: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Element:
    """One flow node of a diagram with its `zeebe:` attributes; expressions are kept as written."""

    id: str
    kind: str
    process_id: str
    file: str
    name: str = ""
    documentation: str = ""
    lane: str | None = None
    parent: str | None = None  # the sub-process it is drawn in
    incoming: tuple[str, ...] = ()  # flow ids, in document order
    outgoing: tuple[str, ...] = ()
    default_flow: str | None = None
    # events
    event: str | None = None  # none, timer, message, error, terminate
    attached_to: str | None = None  # the activity that a boundary event sits on
    interrupting: bool = True
    timer_kind: str | None = None  # date, duration, cycle
    timer_expression: str | None = None
    message: str | None = None
    correlation_key: str | None = None
    error_code: str | None = None
    # people
    form_id: str | None = None
    assignee: str | None = None
    candidate_groups: str | None = None
    candidate_users: str | None = None
    due_date: str | None = None
    follow_up_date: str | None = None
    priority: str | None = None
    # work
    task_type: str | None = None
    retries: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    called_decision: CalledDecision | None = None
    called_process: CalledProcess | None = None
    script: Script | None = None
    # every element
    inputs: tuple[tuple[str, str], ...] = ()  # (source, target)
    outputs: tuple[tuple[str, str], ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()
    loop: Loop | None = None

    @property
    def sends(self) -> bool:
        """Tell whether an event leaves its message to an operation, as a send task does."""
        return self.event == "message" and self.kind in THROWING

    @property
    def repeats(self) -> bool:
        """Tell whether a boundary event stays armed after it fired."""
        if self.interrupting or self.kind != "boundaryEvent":
            return False
        return self.event == "message" or self.timer_kind == "cycle"


@dataclass(frozen=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    process_id: str
    file: str
    name: str = ""
    condition: str | None = None


@dataclass(frozen=True)
class Lane:
    """A lane and the elements drawn directly in it."""

    id: str
    name: str
    process_id: str
    elements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Process:
    """An executable process of the bundle."""

    id: str
    name: str
    file: str
    documentation: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True)
class Drawing:
    """Everything read from the files of one bundle, before anything is checked or compiled."""

    elements: Mapping[str, Element]
    flows: Mapping[str, Flow]
    lanes: tuple[Lane, ...]
    processes: Mapping[str, Process]
