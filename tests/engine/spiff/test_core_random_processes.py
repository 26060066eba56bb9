"""Random processes run in memory, remembering everything, and again from snapshots: no difference.

The first run forgets nothing and never restores; the second restores before every single step. They
must show the same open tasks, events, variables, scopes and executed elements. `ENGINE_SEEDS=3000`
runs many more than `make test` does.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.engine.spiff import Definition, Run, stepping
from app.engine.spiff.workflow import Tokens
from spiff_host import RecordingHost
from spiff_random import random_definition

SEEDS = int(os.environ.get("ENGINE_SEEDS", "1200"))
CHUNKS = 8
START = {"people": ["a", "b", "c"], "go": False}
Place = tuple[Any, ...]


class Driven:
    """One run of a random process, driven by a seed."""

    def __init__(self, definition: Definition, seed: int) -> None:
        self.definition = definition
        self.random = random.Random(seed)
        self.host = RecordingHost()
        self.run = Run.begin(definition, self.host, START)
        self.stops = self.random.randint(25, 60)

    def places(self) -> dict[Place, str]:
        """Every waiting token by where it stands, the same in both runs."""
        found: dict[Place, str] = {}
        for token in self.run.tokens():
            if token.waits_for not in {"user", "timer", "message"}:
                continue
            place = (token.waits_for, *self._path(token.id))
            while place in found:  # tokens of one repeating event
                place = (*place, "again")
            found[place] = token.id
        return found

    def _path(self, token_id: str) -> Place:
        token = self.run.token(token_id)
        counters = self.run.context(token_id).get("loopCounter")
        return (*(e.id for e in token.enclosing), token.element.id, token.item or 0, counters or 0)

    def choose(self, places: dict[Place, str], turn: int) -> tuple[Place, bool]:
        """Pick an act; after a while prefer completing, so that the process ends."""
        ordered = sorted(places, key=repr)
        if turn > self.stops:
            ordered = [place for place in ordered if place[0] == "user"] or ordered
            return self.random.choice(ordered), False
        return self.random.choice(ordered), self.random.random() < 0.5

    def act(self, place: Place, token_id: str, go: bool) -> None:
        if place[0] == "user":
            self.run.complete(token_id, {"go": go})
        else:
            self.run.fire(token_id, {"go": go})

    def advance_in_memory(self) -> None:
        self.run.advance()

    def advance_restoring(self) -> None:
        """Advance one step at a time, each on a freshly restored run."""
        while True:
            self.run = Run.restore(self.definition, self.host, self.run.snapshot())
            task = stepping.next_task(self.run._instance)
            if task is None:
                return
            stepping.step(task)


@dataclass
class Seen:
    """What a run looked like from outside."""

    turns: list[tuple[tuple[Place, ...], bool]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)
    scopes: int = 0
    completed: bool = False


def drive(definition: Definition, seed: int, *, restoring: bool) -> Seen:
    driven, seen = Driven(definition, seed), Seen()
    advance = driven.advance_restoring if restoring else driven.advance_in_memory
    advance()
    for turn in range(400):
        places = driven.places()
        seen.turns.append((tuple(sorted(places, key=repr)), driven.run.completed))
        if not places:
            break
        place, go = driven.choose(places, turn)
        driven.act(place, places[place], go)
        advance()
    seen.variables = driven.run.root_variables()
    seen.executed = sorted(driven.host.done())
    seen.scopes = len(json.loads(driven.run.snapshot())["scopes"])
    seen.completed = driven.run.completed
    return seen


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_restoring_before_every_step_changes_nothing(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(chunk, SEEDS, CHUNKS):
        definition = random_definition(seed, 5 if seed % 2 else 3)

        with monkeypatch.context() as patch:
            patch.setattr(Tokens, "forget", _forget_only_absorbed)
            in_memory = drive(definition, seed, restoring=False)
        restored = drive(definition, seed, restoring=True)

        assert restored == in_memory, f"seed {seed}"
        assert restored.completed, f"seed {seed} never ended"


def _forget_only_absorbed(workflow: Any, task: Any) -> None:
    """Keep finished tokens, so that anything that reads the past would show."""
    if task.has_state(stepping.TaskState.WAITING):
        workflow.tasks.pop(task.id)


def test_failing_steps_are_retried_until_the_process_ends() -> None:
    failures = 0

    for seed in range(SEEDS // 4):
        failures += _drive_flaky(random_definition(seed, 4, flaky=True), seed)

    assert failures > SEEDS // 8


def _drive_flaky(definition: Definition, seed: int) -> int:
    driven, failures = Driven(definition, seed), 0

    def flaky(context: Any) -> dict[str, Any]:
        if driven.random.random() < 0.6:
            raise RuntimeError("flaky")
        return {}

    driven.host.operations["flaky"] = flaky
    failures += len(driven.run.advance_carefully())
    for turn in range(900):
        driven.run = Run.restore(definition, driven.host, driven.run.snapshot())
        failed = [t for t in driven.run.tokens() if t.failed]
        places = {p: i for p, i in driven.places().items() if not driven.run.token(i).failed}
        if not failed and not places:
            break
        if failed and (not places or driven.random.random() < 0.5):
            for token in failed:
                driven.run.retry(token.id)
        else:
            place, go = driven.choose(places, turn)
            driven.act(place, places[place], go)
        failures += _advance_or_carefully(driven)
    assert driven.run.completed, f"seed {seed} never ended"
    return failures


def _advance_or_carefully(driven: Driven) -> int:
    acted = driven.run.snapshot()
    try:
        driven.run.advance()
    except RuntimeError:
        driven.run = Run.restore(driven.definition, driven.host, acted)
        return len(driven.run.advance_carefully())
    return 0
