"""Random edits of a drawing, as designers make them: a step more, a step less, others in order."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def _tag(name: str) -> str:
    return f"{{{BPMN}}}{name}"


@dataclass
class Editor:
    """One file that is edited; elements that got another id stand in `renamed`."""

    content: bytes
    random: random.Random
    renamed: dict[str, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.root = etree.fromstring(self.content)

    def edit(self) -> str:
        """Make one random edit and return which."""
        kinds = [self.insert, self.insert, self.delete, self.rename, self.swap, self.guard]
        edit = self.random.choice(kinds)
        edit()
        return edit.__name__

    def file(self) -> bytes:
        return etree.tostring(self.root)

    # Finding

    def _flows(self) -> list[Any]:
        return list(self.root.iter(_tag("sequenceFlow")))

    def _of(self, role: str, name: str) -> list[Any]:
        return [flow for flow in self._flows() if flow.get(role) == name]

    def _tasks(self) -> list[Any]:
        """Return the plain user tasks with one way in and one way out."""
        guarded = {each.get("attachedToRef") for each in self.root.iter(_tag("boundaryEvent"))}
        return [
            task
            for task in self.root.iter(_tag("userTask"))
            if task.get("id") not in guarded
            and task.find(_tag("multiInstanceLoopCharacteristics")) is None
            and len(self._of("sourceRef", task.get("id"))) == 1
            and len(self._of("targetRef", task.get("id"))) == 1
        ]

    def _name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}new{self.count}"

    def _add(self, parent: Any, kind: str, name: str, **attributes: str) -> Any:
        made = etree.SubElement(parent, _tag(kind), id=name, **attributes)
        self.made.append(name)
        return made

    def _flow(self, parent: Any, source: str, target: str) -> None:
        self._add(parent, "sequenceFlow", f"{source}__{target}", sourceRef=source, targetRef=target)

    # Editing

    def insert(self) -> None:
        """Put a new task on a flow; the flow keeps its id on one side or the other."""
        flow = self.random.choice(self._flows())
        parent, name = flow.getparent(), self._name("T")
        self._add(parent, "userTask", name)
        if self.random.random() < 0.7:
            target = flow.get("targetRef")
            flow.set("targetRef", name)
            self._flow(parent, name, target)
        elif not len(flow):
            source = flow.get("sourceRef")
            if not any(node.get("default") == flow.get("id") for node in self.root.iter()):
                flow.set("sourceRef", name)
                self._flow(parent, source, name)
                return
            target = flow.get("targetRef")
            flow.set("targetRef", name)
            self._flow(parent, name, target)
        else:
            parent.remove(parent[-1])
            self.made.remove(name)

    def delete(self) -> None:
        tasks = self._tasks()
        if not tasks:
            return
        task = self.random.choice(tasks)
        [into], [out] = (
            self._of("targetRef", task.get("id")), self._of("sourceRef", task.get("id")),
        )  # fmt: skip
        into.set("targetRef", out.get("targetRef"))
        out.getparent().remove(out)
        task.getparent().remove(task)

    def rename(self) -> None:
        tasks = [task for task in self._tasks() if task.get("id") not in self.made]
        if not tasks:
            return
        task = self.random.choice(tasks)
        old, new = task.get("id"), self._name("T")
        first = next((name for name, now in self.renamed.items() if now == old), old)
        self.renamed[first] = new
        task.set("id", new)
        for flow in self._of("sourceRef", old):
            flow.set("sourceRef", new)
        for flow in self._of("targetRef", old):
            flow.set("targetRef", new)

    def swap(self) -> None:
        """Let two tasks change places, sometimes across the border of a sub-process."""
        tasks = self._tasks()
        if len(tasks) > 1:
            one, other = self.random.sample(tasks, 2)
            first, second = one.get("id"), other.get("id")
            one.set("id", second)
            other.set("id", first)
            other_name = {first: second, second: first}
            for flow in self._flows():
                for role in ("sourceRef", "targetRef"):
                    flow.set(role, other_name.get(flow.get(role), flow.get(role)))

    def guard(self) -> None:
        """Draw a timer on a task: one that interrupts, or a reminder beside it."""
        tasks = self._tasks()
        if not tasks:
            return
        task = self.random.choice(tasks)
        host, parent = task.get("id"), task.getparent()
        [out] = self._of("sourceRef", host)
        interrupting = self.random.random() < 0.5
        event, late, after = self._name("BE"), self._name("L"), self._name("Y")
        drawn = self._add(
            parent, "boundaryEvent", event, attachedToRef=host,
            cancelActivity=str(interrupting).lower(),
        )  # fmt: skip
        definition = etree.SubElement(drawn, _tag("timerEventDefinition"))
        etree.SubElement(definition, _tag("timeDuration")).text = "P1D"
        self._add(parent, "userTask", late)
        self._flow(parent, event, late)
        if interrupting:
            self._add(parent, "exclusiveGateway", after)
            target = out.get("targetRef")
            out.set("targetRef", after)
            self._flow(parent, after, target)
        else:
            self._add(parent, "endEvent", after)
        self._flow(parent, late, after)
