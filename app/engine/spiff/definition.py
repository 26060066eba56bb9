"""A process definition: the files of a bundle parsed, checked and compiled, ready to run.

Definitions never change after loading and are shared by all instances; callers cache them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from app.engine.spiff.compiler import compile_drawing
from app.engine.spiff.concurrency import Level, Net
from app.engine.spiff.errors import NoStart
from app.engine.spiff.levels import bodies_to_keep
from app.engine.spiff.model import Drawing, Element, Flow, Lane, Process
from app.engine.spiff.reading import read_drawing
from app.engine.spiff.refusals import refuse_unsupported
from app.engine.spiff.upstream import Way
from app.engine.spiff.xml import parse
from app.errors import DefinitionError


class Definition:
    """All processes of a bundle, and the one that is started."""

    def __init__(
        self, process_id: str, drawing: Drawing, spec: Any, inner_specs: Mapping[str, Any]
    ) -> None:
        self.process_id = process_id
        self.elements: Mapping[str, Element] = MappingProxyType(dict(drawing.elements))
        self.flows: Mapping[str, Flow] = MappingProxyType(dict(drawing.flows))
        self.lanes: tuple[Lane, ...] = drawing.lanes
        self.processes: Mapping[str, Process] = MappingProxyType(dict(drawing.processes))
        self.spec = spec
        self.inner_specs = inner_specs
        self._ahead: dict[tuple[str, str], frozenset[str]] = {}
        self.ways: dict[tuple[str, str, bool], Way] = {}  # ways back, worked out once
        self._nets: dict[Level, Net] = {}

    def starts_of(self, process_id: str) -> list[Element]:
        """Return the start events of a process, sub-processes excluded."""
        return [
            element
            for element in self.elements.values()
            if element.kind == "startEvent"
            and element.process_id == process_id
            and element.parent is None
        ]

    def start_of(self, process_id: str, start_element: str | None = None) -> Element:
        """Return the named start event; without a name the plain one, or the only one."""
        starts = self.starts_of(process_id)
        if start_element is not None:
            chosen = [element for element in starts if element.id == start_element]
        else:
            chosen = [element for element in starts if element.event == "none"] or starts
        if len(chosen) != 1:
            raise NoStart(process_id, start_element)
        return chosen[0]

    def flows_ahead(self, element_id: str, stop: str) -> frozenset[str]:
        """Return the flows that a token on an element can still take without passing `stop`."""
        key = (element_id, stop)
        if key not in self._ahead:
            self._ahead[key] = frozenset(self._walk(element_id, stop))
        return self._ahead[key]

    @cached_property
    def kept_bodies(self) -> frozenset[str]:
        """The calls and sub-processes that are kept when they end: a case may be sent back in."""
        return bodies_to_keep(self)

    @cached_property
    def attached(self) -> Mapping[str, list[str]]:
        """The boundary events of each activity."""
        found: dict[str, list[str]] = {}
        for element in self.elements.values():
            if element.attached_to is not None:
                found.setdefault(element.attached_to, []).append(element.id)
        return found

    def net(self, level: Level) -> Net:
        """Return what may happen side by side on one level, worked out once."""
        if level not in self._nets:
            self._nets[level] = Net(self, level)
        return self._nets[level]

    @cached_property
    def awaited(self) -> frozenset[str]:
        """The kinds of events that tokens of this definition may wait for."""
        return frozenset(each.event for each in self.elements.values() if each.event)

    def _walk(self, element_id: str, stop: str) -> set[str]:
        taken: set[str] = set()
        seen: set[str] = set()
        waiting = [element_id]
        while waiting:
            name = waiting.pop()
            if name in seen or name == stop:
                continue
            seen.add(name)
            waiting += self.attached.get(name, ())
            for flow_id in self.elements[name].outgoing:
                taken.add(flow_id)
                waiting.append(self.flows[flow_id].target)
        return taken


def load_definition(files: Mapping[str, bytes], process_id: str) -> Definition:
    """Parse, check and compile the BPMN files of a bundle; raises DefinitionError."""
    roots = {file: parse(content, file) for file, content in files.items()}
    drawing = read_drawing(roots)
    if process_id not in drawing.processes:
        file = next(iter(files), "")
        raise DefinitionError("definition.process_missing", file=file, element=process_id)
    refuse_unsupported(drawing)
    spec, inner_specs = compile_drawing(drawing, roots, process_id)
    return Definition(process_id, drawing, spec, inner_specs)
