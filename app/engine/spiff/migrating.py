"""Whether and how a running instance can be put into another drawing of its process.

Tokens keep their place by element id; a correspondence tells of renamed elements and of tokens that
go to another step. Nothing is run or evaluated here, and the instance is not changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.engine.spiff import snapshots
from app.engine.spiff.comparing import Comparison
from app.engine.spiff.compiler import item_name
from app.engine.spiff.host import SERVICE
from app.engine.spiff.model import Element
from app.engine.spiff.moves import (
    ACTED,
    ALONE,
    ARRIVED,
    BODY_OF,
    FAILED,
    HOST,
    RACE,
    STRAIGHT,
    token_of,
    waits_for,
)
from app.engine.spiff.passages import (
    GONE,
    JOIN,
    LEVEL,
    NOWHERE,
    RIVALS,
    TROUBLE,
    WORK,
    Correspondence,
    Obstacle,
    Passage,
    difference,
    flow_into,
    had_event,
)
from app.engine.spiff.scopes import CALLED, ROOT
from app.engine.spiff.workflow import Instance

if TYPE_CHECKING:
    from app.engine.spiff.definition import Definition

EVENT_GATEWAY = "eventBasedGateway"


def plan_passage(
    instance: Instance, new: Definition, given: Correspondence, done: frozenset[str]
) -> Passage:
    """Return what it means to put an instance into a drawing; `done` are the elements completed."""
    return _Moving(instance, new, given).plan(done)


class _Moving:
    """One instance on its way; collects where each token comes to stand."""

    def __init__(self, instance: Instance, new: Definition, given: Correspondence) -> None:
        self.instance, self.old, self.new = instance, instance.definition, new
        self.given = given
        self.nodes: dict[str, Any] = {}  # by token, in the new drawing
        self.data: dict[str, dict[str, Any]] = {}  # what changes on a token itself
        self.obstacles: list[Obstacle] = []
        self.armed: list[tuple[str, str]] = []
        self.rivals: list[tuple[str, str, str]] = []
        self.entering: list[tuple[str | None, str]] = []

    def plan(self, done: frozenset[str]) -> Passage:
        """Place every token, then look at them together."""
        for workflow in self.instance.workflows():
            spec = self._spec_inside(workflow)
            if spec is not None:
                self._place_all(workflow, spec)
        seen = Comparison(self.instance, self.new, self.given, self.nodes, self.entering, self.data)
        obstacles = self.obstacles or seen.obstacles()
        if obstacles:
            named = {(each.code, each.element.id): each for each in obstacles}
            return Passage(tuple(named.values()), {})
        living = self.instance.all_living()
        places = {
            task.id: (task.task_spec.element, self.nodes[task.id].element)
            for task in living
            if task.id in self.nodes
        }
        return Passage(
            obstacles=(),
            places=places,
            left=tuple(token_of(task) for task in living if task.id not in places),
            armed=tuple(self.armed),
            rivals=tuple(self.rivals),
            entering=tuple(self.entering),
            rekeyed=tuple(name for name, (old, new) in places.items() if _is_rekeyed(old, new)),
            skipped=seen.skipped(done),
            repeated=seen.repeated(done),
            alike=not self.entering and not self.given.renamed and seen.alike(),
            state=self._state(),
        )

    def _spec_inside(self, workflow: Any) -> Any | None:
        """Return the new spec of a level; None when what is around it has no place."""
        if workflow.parent_task is None:
            return self.new.spec
        node = self.nodes.get(workflow.parent_task.id)
        return None if node is None else self.new.inner_specs[node.spec]

    def _place_all(self, workflow: Any, spec: Any) -> None:
        living = workflow.living()
        races: dict[str, list[Any]] = {}
        for task in living:
            if RACE in task.internal_data:
                races.setdefault(task.internal_data[RACE], []).append(task)
            elif HOST not in task.internal_data:
                self._place(task, spec)
        for race, group in races.items():
            self._place_race(race, group, spec)
        self._place_events(living, spec)

    def _place_events(self, living: list[Any], spec: Any) -> None:
        hosts = [task for task in living if task.id in self.nodes]
        for task in living:
            if HOST in task.internal_data:
                self._place_event(task, spec)
        for task in hosts:
            self._arm(task)

    def _refuse(self, code: str, element: Element) -> None:
        self.obstacles.append(Obstacle(code, element))

    # Each token

    def _place(self, task: Any, spec: Any) -> None:
        element = task.task_spec.element
        if element.id in self.given.sent_to:
            self._send(task, spec, self.given.sent_to[element.id])
            return
        node = self._node(task, spec)
        if node is None:
            return
        if RACE not in task.internal_data and self._gateway_before(node) is not None:
            self._refuse(RIVALS, element)
        self.nodes[task.id] = node
        self._carry(task, node)

    def _node(self, task: Any, spec: Any) -> Any | None:
        """Return the node of the new drawing that a token comes to stand on."""
        element = task.task_spec.element
        name = self.given.now(element.id)
        found = self.new.elements.get(name)
        reason = GONE if found is None else difference(element, found)
        if {FAILED, ACTED} & task.internal_data.keys():
            reason = TROUBLE
        elif reason is None and found is not None and waits_for(task) == SERVICE:
            reason = WORK if element.task_type != found.task_type else None
        if reason is not None:
            self._refuse(reason, element)
            return None
        is_item = task.task_spec.name != element.id
        node = spec.task_specs.get(item_name(name) if is_item else name)
        if node is None:
            self._refuse(LEVEL, element)
        return node

    def _carry(self, task: Any, node: Any) -> None:
        """Put what a token remembers of its drawing into the words of the new one."""
        data, changed = task.internal_data, self.data.setdefault(task.id, {})
        if ARRIVED in data:
            flows = [flow_into(self.old, self.new, self.given, flow) for flow in data[ARRIVED]]
            if None in flows:
                self._refuse(JOIN, task.task_spec.element)
            changed[ARRIVED] = flows
        if STRAIGHT in data:
            changed[STRAIGHT] = self.given.now(data[STRAIGHT])
            if changed[STRAIGHT] not in node._wf_spec.task_specs:
                self._refuse(GONE, self.old.elements[data[STRAIGHT]])

    def _send(self, task: Any, spec: Any, target: str) -> None:
        """Give up a token's place; another one enters the step that is named for it."""
        node, data = spec.task_specs.get(target), task.internal_data
        special = {FAILED, ACTED, ALONE, ARRIVED, RACE, BODY_OF} & data.keys()
        if special or node is None or node.joins or waits_for(task) == SERVICE:
            self._refuse(NOWHERE, task.task_spec.element)
            return
        parent = task.workflow.parent_task
        self.entering.append((None if parent is None else parent.id, target))

    # Events

    def _gateway_before(self, node: Any) -> str | None:
        """Return the event-based gateway behind which a node stands, or None."""
        sources = [self.new.flows[flow].source for flow in node.element.incoming]
        return next((s for s in sources if self.new.elements[s].kind == EVENT_GATEWAY), None)

    def _place_race(self, race: str, group: list[Any], spec: Any) -> None:
        """Rivals stay rivals: one that is no longer drawn ends, one that is new joins in."""
        known = [t for t in group if self.given.now(t.task_spec.element.id) in self.new.elements]
        for task in known or group:
            self._place(task, spec)
        placed = [self.nodes[task.id] for task in known if task.id in self.nodes]
        gateways = {self._gateway_before(node) for node in placed}
        if len(gateways) > 1 or (None in gateways and len(placed) > 1):
            self._refuse(RIVALS, group[0].task_spec.element)
            return
        gateway = next(iter(gateways), None)
        if gateway is not None and len(placed) == len(known):
            there = {node.element.id for node in placed}
            events = [self.new.flows[flow].target for flow in self.new.elements[gateway].outgoing]
            fresh = (name for name in events if name not in there)
            self.rivals += [(known[0].id, race, name) for name in fresh]

    def _place_event(self, task: Any, spec: Any) -> None:
        """An event stays armed if it is still drawn on the same activity; else it ends."""
        host = self.nodes.get(task.internal_data[HOST])
        element = task.task_spec.element
        if host is None:
            return
        if {FAILED, ACTED} & task.internal_data.keys():
            self._refuse(TROUBLE, element)
            return
        found = self.new.elements.get(self.given.now(element.id))
        if found is None or found.attached_to != host.element.id:
            return
        if found.event == element.event:
            self.nodes[task.id] = spec.task_specs[found.id]

    def _arm(self, task: Any) -> None:
        """Note the events that are new on an activity; one that fired already is not armed anew."""
        for node in self.nodes[task.id].boundary if ALONE not in task.internal_data else ():
            if not had_event(self.old, self.given, node.element):
                self.armed.append((task.id, node.element.id))

    # The state

    def _state(self) -> str:
        stored = json.loads(snapshots.write(self.instance))
        groups = []
        for parent, rows in stored["tokens"]:
            if parent is None or parent in self.nodes:
                groups.append([parent, [self._row(row) for row in rows if row[0] in self.nodes]])
        stored["tokens"] = groups
        self._keep_bodies(stored)
        return json.dumps(stored, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    def _row(self, row: list[Any]) -> list[Any]:
        token_id, _, state, data = row
        return [token_id, self.nodes[token_id].name, state, {**data, **self.data.get(token_id, {})}]

    def _keep_bodies(self, stored: dict[str, Any]) -> None:
        """Keep the ended bodies into which the new drawing, too, lets a case be sent back."""
        kept = {
            token_id: [self.given.now(name), scope]
            for token_id, (name, scope) in stored.pop("kept", {}).items()
            if self._is_body_still(self.old.elements[name])
        }
        there = {ROOT, *self.nodes, *kept}
        while gone := [
            t for t, (_, scope) in kept.items() if scope.removesuffix(CALLED) not in there
        ]:
            for token_id in gone:
                del kept[token_id]
            there = {ROOT, *self.nodes, *kept}
        if kept:
            stored["kept"] = kept

    def _is_there(self, scope: str, kept: Mapping[str, Any]) -> bool:
        around = scope.removesuffix(CALLED)
        return around == ROOT or around in self.nodes or around in kept

    def _is_body_still(self, old: Element) -> bool:
        new = self.new.elements.get(self.given.now(old.id))
        if new is None or new.id not in self.new.kept_bodies or difference(old, new):
            return False
        around = None if old.parent is None else self.given.now(old.parent)
        return (new.process_id, new.parent) == (old.process_id, around)


def _is_rekeyed(old: Element, new: Element) -> bool:
    return old.message is not None and (old.message, old.correlation_key) != (
        new.message,
        new.correlation_key,
    )
