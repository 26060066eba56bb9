"""Random block-structured processes: every nesting of branches, loops, inner processes and events.

One seed is one process; `people` and `go` are the variables its conditions use.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from app.engine.spiff import Definition, load_definition
from spiff_diagrams import (
    FlowEnds,
    boundary,
    call,
    catch,
    each,
    el,
    end,
    file,
    gateway,
    io,
    message,
    on_message,
    process,
    service,
    start,
    sub,
    timer,
    user,
)

DAY = "P1D"
CALL = "call"
MESSAGE = "<bpmn:messageEventDefinition/>"
SENT = '<zeebe:taskDefinition type="send"/>', MESSAGE
# A task whose variables come in and go out by mappings that build on each other.
MAPPED = io([("=go", "seen"), ("=seen", "own.seen")], [("=own.seen", "before"), ("=go", "go")])
RETURNS = '<zeebe:properties><zeebe:property name="mayReturnTo" value=""/></zeebe:properties>'


@dataclass
class Block:
    """A piece of a process with one way in and one way out."""

    elements: list[str]
    flows: list[FlowEnds]
    first: str
    last: str


@dataclass
class Generator:
    """Draws random blocks; called processes gather on the side."""

    random: random.Random
    flaky: bool = False
    returns: bool = False
    count: int = 0
    called: list[str] = field(default_factory=list)

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def user(self, name: str, inner: str = "") -> str:
        return user(name, RETURNS if self.returns else "", inner)

    def trigger(self) -> str:
        """A timer or a message."""
        return self.random.choice([timer(DAY), on_message(CALL)])

    def block(self, depth: int) -> Block:
        simple: list[Callable[[int], Block]] = [
            self.task, self.guarded_task, self.many_tasks, self.mapped_task, self.thrown,
        ]  # fmt: skip
        if depth == 0:
            return self.random.choice(simple)(depth)
        nested = [
            self.task, self.task, self.sequence, self.parallel, self.inclusive, self.loop,
            self.inner, self.called_process, self.guarded_task, self.guarded_inner,
            self.many_tasks, self.many_inner, self.exclusive, self.event, self.race,
        ]  # fmt: skip
        return self.random.choice(nested)(depth)

    def task(self, depth: int) -> Block:
        name = self.name("T")
        if self.flaky and self.random.random() < 0.5:
            return Block([service(name, "flaky")], [], name, name)
        return Block([self.user(name)], [], name, name)

    def mapped_task(self, depth: int) -> Block:
        name = self.name("T")
        ext = MAPPED + (RETURNS if self.returns else "")
        return Block([user(name, ext)], [], name, name)

    def thrown(self, depth: int) -> Block:
        name = self.name("N")
        sent = SENT[0].replace("send", "flaky") if self.flaky else SENT[0]
        return Block([el("intermediateThrowEvent", name, sent, MESSAGE)], [], name, name)

    def event(self, depth: int) -> Block:
        name = self.name("W")
        return Block([catch(name, self.trigger())], [], name, name)

    def race(self, depth: int) -> Block:
        fork, join = self.name("G"), self.name("Y")
        events = [self.name("W"), self.name("W")]
        after = self.block(depth - 1)
        elements = [gateway("eventBased", fork), gateway("exclusive", join)]
        elements += [catch(name, self.trigger()) for name in events] + after.elements
        flows: list[FlowEnds] = [(fork, events[0]), (fork, events[1]), (events[0], after.first)]
        flows += [(after.last, join), (events[1], join), *after.flows]
        return Block(elements, flows, fork, join)

    def many_tasks(self, depth: int) -> Block:
        name = self.name("M")
        until = self.random.choice(
            ["", "=numberOfCompletedInstances >= 2", f"=count(out{name}[item = 2]) >= 1"]
        )
        inner = each(
            "=people", "x", into=f"out{name}",
            result=self.random.choice(["=loopCounter", "=go"]), until=until,
            sequential=self.random.random() < 0.4,
        )  # fmt: skip
        return Block([self.user(name, inner)], [], name, name)

    def line(self, depth: int) -> Block:
        """Tasks before, between and behind two blocks: a way back exists wherever one stands."""
        blocks = [self.block(0), self.block(depth - 1), self.task(0)]
        blocks += [self.block(depth - 1), self.task(0)]
        flows = [flow for block in blocks for flow in block.flows]
        flows += [(one.last, two.first) for one, two in pairwise(blocks)]
        elements = [element for block in blocks for element in block.elements]
        return Block(elements, flows, blocks[0].first, blocks[-1].last)

    def sequence(self, depth: int) -> Block:
        one, two = self.block(depth - 1), self.block(depth - 1)
        flows = [*one.flows, *two.flows, (one.last, two.first)]
        return Block(one.elements + two.elements, flows, one.first, two.last)

    def parallel(self, depth: int) -> Block:
        return self._fork(depth, "parallel")

    def inclusive(self, depth: int) -> Block:
        return self._fork(depth, "inclusive")

    def _fork(self, depth: int, kind: str) -> Block:
        fork, join = self.name("F"), self.name("J")
        elements, flows = [gateway(kind, fork), gateway(kind, join)], list[FlowEnds]()
        for number in range(self.random.choice([2, 3])):
            branch = self.block(depth - 1)
            condition = self.random.choice(["=true", "=true", "=false"]) if number else "=true"
            enter = (fork, branch.first) if kind == "parallel" else (fork, branch.first, condition)
            elements += branch.elements
            flows += [*branch.flows, enter, (branch.last, join)]
        return Block(elements, flows, fork, join)

    def exclusive(self, depth: int) -> Block:
        fork, join = self.name("X"), self.name("Y")
        one, two = self.block(depth - 1), self.block(depth - 1)
        elements = [gateway("exclusive", fork, default=f"{fork}__{two.first}")]
        elements += [gateway("exclusive", join), *one.elements, *two.elements]
        flows: list[FlowEnds] = [(fork, one.first, "=go"), (fork, two.first)]
        flows += [(one.last, join), (two.last, join), *one.flows, *two.flows]
        return Block(elements, flows, fork, join)

    def loop(self, depth: int) -> Block:
        merge, fork, ask, out = self.name("M"), self.name("X"), self.name("T"), self.name("O")
        inside = self.block(depth - 1)
        elements = [gateway("exclusive", merge), self.user(ask), el("task", out)]
        elements += [gateway("exclusive", fork, default=f"{fork}__{out}"), *inside.elements]
        flows: list[FlowEnds] = [(merge, inside.first), (inside.last, ask), (ask, fork)]
        flows += [(fork, merge, "=go"), (fork, out), *inside.flows]
        return Block(elements, flows, merge, out)

    def inner(self, depth: int) -> Block:
        return self._inner(depth, "")

    def many_inner(self, depth: int) -> Block:
        many = each("=people", "x", sequential=self.random.random() < 0.4)
        return self._maybe_guarded(self._inner(depth, many), 0.8)

    def guarded_inner(self, depth: int) -> Block:
        return self._maybe_guarded(self._inner(depth, ""), 0.8)

    def _inner(self, depth: int, many: str) -> Block:
        name, inside = self.name("S"), self.block(depth - 1)
        elements = [start(name + "s"), end(name + "e"), *inside.elements]
        flows = [*inside.flows, (name + "s", inside.first), (inside.last, name + "e")]
        return Block([sub(name, elements, flows, inner=many)], [], name, name)

    def called_process(self, depth: int) -> Block:
        name, key, inside = self.name("C"), self.name("proc"), self.block(depth - 1)
        elements = [start(key + "s"), end(key + "e"), *inside.elements]
        flows = [*inside.flows, (key + "s", inside.first), (inside.last, key + "e")]
        self.called.append(process(key, elements, flows))
        return self._maybe_guarded(Block([call(name, key)], [], name, name), 0.4)

    def guarded_task(self, depth: int) -> Block:
        name = self.name("B")
        return self._guarded(Block([self.user(name)], [], name, name))

    def _maybe_guarded(self, block: Block, chance: float) -> Block:
        return self._guarded(block) if self.random.random() < chance else block

    def _guarded(self, block: Block) -> Block:
        """Put one or two boundary timers on a block of one element."""
        join = self.name("Y")
        elements = [*block.elements, gateway("exclusive", join)]
        flows = [*block.flows, (block.last, join)]
        for _ in range(self.random.choice([1, 2])):
            kind = self.random.choice(["interrupting", "once", "cycle", "message"])
            event, late = self.name("BE"), self.name("L")
            again = timer("R/P1D", "timeCycle") if kind == "cycle" else on_message(CALL)
            drawn = again if kind in ("cycle", "message") else timer(DAY)
            elements += [
                boundary(event, block.first, drawn, interrupting=kind == "interrupting"),
                self.user(late),
            ]
            flows.append((event, late))
            if kind == "interrupting":
                flows.append((late, join))
            else:
                finish = self.name("E")
                sent = self.random.random() < 0.3
                elements.append(el("endEvent", finish, *SENT) if sent else end(finish))
                flows.append((late, finish))
        return Block(elements, flows, block.first, join)


def random_file(seed: int, depth: int, *, flaky: bool = False, returns: bool = False) -> bytes:
    """Return the file of a seed's random process."""
    generator = Generator(random.Random(seed), flaky, returns)
    block = generator.line(depth) if returns else generator.block(depth)
    elements = [start(), end(), *block.elements]
    flows = [*block.flows, ("s", block.first), (block.last, "e")]
    return file(process("p", elements, flows), *generator.called, message(CALL, "=1"))


def random_definition(
    seed: int, depth: int, *, flaky: bool = False, returns: bool = False
) -> Definition:
    """Return the random process of a seed; with `returns` every task may send the case back."""
    content = random_file(seed, depth, flaky=flaky, returns=returns)
    return load_definition({"p.bpmn": content}, "p")
