"""Where a case stands: the steps of its drawing as done, now and next, and the diagrams' tokens.

Everything is read from the projected rows and the pinned definition; the running instance is never
restored for a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.calendar import Deadline
from app.domain.organisations import names_of
from app.engine.bundles import Compiled
from app.engine.drawing import Definition
from app.engine.migrating.names import names_now
from app.engine.tables import (
    OPEN,
    ActivityEvent,
    Incident,
    ProcessInstance,
    TaskCandidate,
    Timer,
    UserTask,
)
from app.web.chips import Chip, chip
from app.web.drawn_order import elements_in_order
from app.web.situations import Element

STEPS = frozenset({"userTask", "callActivity", "manualTask", "receiveTask"})
DONE, NOW, NEXT = "done", "now", "next"
# The property that keeps a step out of the list, or keeps it out until a token has been there.
SHOWN, HIDDEN, REACHED = "progress", "hidden", "reached"


@dataclass(frozen=True)
class Step:
    """A step of the procedure as the applicant sees it."""

    element_id: str
    name: str
    lane: str
    state: str
    at: datetime | None = None
    by: str = ""
    since: datetime | None = None
    chip: Chip | None = None
    expected: str = ""
    inner: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Picture:
    """One diagram with its living and finished elements."""

    process_id: str
    name: str
    tokens: list[dict[str, str]]
    done: list[str]


@dataclass
class Trail:
    """What the history says about each element."""

    entered: dict[str, datetime] = field(default_factory=dict)
    completed: dict[str, ActivityEvent] = field(default_factory=dict)
    balance: Counter[str] = field(default_factory=Counter)

    def forget_behind(self, name: str, definition: Definition) -> None:
        """Take everything behind a reopened step for not done."""
        process, again = definition.elements[name].process_id, _behind(name, definition)
        for caller in definition.elements.values():
            if caller.called_process is not None and caller.called_process.id == process:
                again |= _behind(caller.id, definition)
        for done in again & set(self.completed):
            del self.completed[done]

    @property
    def live(self) -> frozenset[str]:
        """The elements that were entered and not left."""
        return frozenset(element for element, count in self.balance.items() if count > 0)


def _behind(name: str, definition: Definition) -> set[str]:
    """Return an element and all that follows it, in the processes that call its own too."""
    found = {name}
    flows = definition.flows_ahead(name, "")
    found |= {definition.flows[flow].target for flow in flows}
    called = {e.called_process.id for n in found if (e := definition.elements[n]).called_process}
    return found | {n for n, e in definition.elements.items() if e.process_id in called}


def trail_of(session: Session, instance_id: str, definition: Definition) -> Trail:
    """Read the history once; what a returned case has to go through again is not done."""
    trail, went_back = Trail(), False
    names = names_now(session, instance_id)
    query = select(ActivityEvent).where(ActivityEvent.instance_id == instance_id)
    for event in session.scalars(query.order_by(ActivityEvent.seq)):
        name = names.get(event.element_id, event.element_id)
        if event.kind == "entered":
            if went_back and event.element_kind == "userTask" and name in definition.elements:
                trail.forget_behind(name, definition)
                went_back = False
            trail.entered[name] = event.at
            trail.balance[name] += 1
        elif event.kind == "moved":
            went_back = True
        elif event.kind in ("completed", "cancelled", "returned"):
            trail.balance[name] -= 1
            went_back = went_back or event.kind == "returned"
            if event.kind == "completed":
                trail.completed[name] = event
    return trail


@dataclass(frozen=True)
class Progress:
    """Steps and pictures of one case."""

    steps: list[Step]
    pictures: list[Picture]
    open_tasks: list[UserTask]
    waiting_on: dict[str, str]
    # The names of the messages and instants that the case stands still for.
    awaited: tuple[str, ...] = ()


def progress(
    session: Session, bundle: Compiled, instance: ProcessInstance, now: datetime
) -> Progress:
    """Return where an instance stands."""
    return _Progress(session, bundle, instance, now).all()


class _Progress:
    def __init__(
        self, session: Session, bundle: Compiled, instance: ProcessInstance, now: datetime
    ) -> None:
        self.session, self.bundle, self.instance, self.now = session, bundle, instance, now
        self.definition = bundle.definition
        self.trail = trail_of(session, instance.id, bundle.definition)
        query = select(UserTask).where(UserTask.instance_id == instance.id, UserTask.status == OPEN)
        self.tasks = list(session.scalars(query.order_by(UserTask.created_at, UserTask.id)))
        self.deadlines = self._deadlines()
        self.lanes = {
            element: lane.name for lane in self.definition.lanes for element in lane.elements
        }

    def all(self) -> Progress:
        """Put everything together."""
        return Progress(
            list(self._steps(self.bundle.key)), list(self._pictures()), self.tasks,
            self._waiting_on(), tuple(self._awaited()),
        )  # fmt: skip

    def _deadlines(self) -> dict[str, str]:
        found = {task.element_id: task.deadline_id or "" for task in self.tasks}
        query = select(Timer.element_id, Timer.deadline_id).where(
            Timer.instance_id == self.instance.id, Timer.done_at.is_(None)
        )
        rows = self.session.execute(query)
        return found | dict(rows.all())

    def _waiting_on(self) -> dict[str, str]:
        """Return the names of the organisations that each open task waits for."""
        query = select(TaskCandidate.task_id, TaskCandidate.group_code).where(
            TaskCandidate.task_id.in_([task.id for task in self.tasks])
        )
        rows = [(task, group.partition("@")[2]) for task, group in self.session.execute(query)]
        names = names_of(self.session, {code for _, code in rows})
        found: dict[str, list[str]] = {}
        for task, code in rows:
            if code in names:
                found.setdefault(task, []).append(names[code])
        return {task: "、".join(dict.fromkeys(each)) for task, each in found.items()}

    def _awaited(self) -> Iterator[str]:
        for element in elements_in_order(self.definition, self.bundle.key):
            waits = element.kind in ("intermediateCatchEvent", "receiveTask")
            if waits and element.name and element.id in self.trail.live:
                yield element.name

    def _steps(self, process_id: str) -> Iterator[Step]:
        ahead = self._ahead(process_id)
        for element in elements_in_order(self.definition, process_id):
            if element.kind not in STEPS:
                continue
            step = self._step(element, ahead)
            if step is not None:
                yield step

    def _step(self, element: Element, ahead: frozenset[str]) -> Step | None:
        shown = element.properties.get(SHOWN)
        if shown == HIDDEN:
            return None
        name, lane = element.name or element.id, self.lanes.get(element.id, "")
        inner = self._inner(element)
        if element.id in self.trail.live:
            return Step(
                element.id, name, lane, NOW, since=self.trail.entered.get(element.id),
                chip=self._chip(element.id), inner=inner,
            )  # fmt: skip
        event = self.trail.completed.get(element.id)
        if event is not None:
            return Step(element.id, name, lane, DONE, event.at, event.person_name or "")
        if element.id in ahead and shown != REACHED:
            return Step(element.id, name, lane, NEXT, expected=expected_days(element))
        return None

    def _inner(self, element: Element) -> tuple[Step, ...]:
        """Return what stands inside a called process that is running."""
        if element.called_process is None or element.id not in self.trail.live:
            return ()
        steps = list(self._steps(element.called_process.id))
        timers = self._timers(element.called_process.id)
        return (*steps, *timers)

    def _timers(self, process_id: str) -> Iterator[Step]:
        for element in self.definition.elements.values():
            if (
                element.process_id == process_id
                and element.event == "timer"
                and element.kind == "intermediateCatchEvent"
                and element.id in self.deadlines
            ):
                yield Step(
                    element.id, element.name, "", NOW, since=self.trail.entered.get(element.id),
                    chip=self._chip(element.id),
                )  # fmt: skip

    def _chip(self, element_id: str) -> Chip | None:
        deadline = self.session.get(Deadline, self.deadlines.get(element_id) or "")
        return chip(self.session, deadline, self.now)

    def _ahead(self, process_id: str) -> frozenset[str]:
        """Return the elements that a living token of a process may still reach."""
        found: set[str] = set()
        for name in self.trail.live:
            element = self.definition.elements.get(name)
            if element is None or element.kind == "boundaryEvent":
                continue  # what may happen is not what comes next
            if element.process_id == process_id:
                flows = self.definition.flows_ahead(name, "")
                found |= {self.definition.flows[flow].target for flow in flows}
        return frozenset(found)

    def _pictures(self) -> Iterator[Picture]:
        """Yield the diagram of the procedure, then those of called processes with a token."""
        elements = self.definition.elements
        living = {elements[name].process_id for name in self.trail.live if name in elements}
        failed = self._failed()
        shown = [self.bundle.key, *sorted(living - {self.bundle.key})]
        for process_id in shown:
            own = {e.id for e in elements.values() if e.process_id == process_id}
            tokens = [
                {"element": name, "label": self._label(name)}
                for name in sorted((self.trail.live | failed) & own)
            ]
            process = self.definition.processes[process_id]
            done = sorted(set(self.trail.completed) & own)
            yield Picture(process_id, process.name or self.bundle.descriptor.title, tokens, done)

    def _label(self, element_id: str) -> str:
        found = self._chip(element_id) if element_id in self.deadlines else None
        return found.remaining.words if found else ""

    def _failed(self) -> frozenset[str]:
        query = select(Incident.element_id).where(
            Incident.instance_id == self.instance.id, Incident.resolved_at.is_(None)
        )
        return frozenset(self.session.scalars(query))


def expected_days(element: Element) -> str:
    """Return the working days that a step is given, when the drawing says so plainly."""
    due, properties = element.due_date or "", element.properties
    if properties.get("calendar") != "working-days":
        return ""
    return due[1:-1] if due.startswith("P") and due[1:-1].isdigit() and due.endswith("D") else ""
