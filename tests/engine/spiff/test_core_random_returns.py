"""Random processes in which people send the case back at random: it still ends, nothing doubles.

Whatever the core allows must leave one token where one was opened, whole joins and a process that
ends. `ENGINE_SEEDS=3000` runs many more than `make test` does.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from app.engine.spiff import CannotReturn, Definition, Run, Token
from spiff_host import RecordingHost
from spiff_random import random_definition

SEEDS = int(os.environ.get("ENGINE_SEEDS", "400"))
CHUNKS = 6
START = {"people": ["a", "b", "c"], "go": False}
MOST_RETURNS = 6


@dataclass
class Office:
    """One run that people drive and send back."""

    definition: Definition
    random: random.Random
    host: RecordingHost = field(default_factory=RecordingHost)
    done: list[tuple[str, str]] = field(default_factory=list)
    returns: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.run = Run.begin(self.definition, self.host, START)
        self.run.advance()

    def waiting(self) -> list[Token]:
        self.run = Run.restore(self.definition, self.host, self.run.snapshot())
        found = [t for t in self.run.tokens() if t.waits_for in {"user", "timer", "message"}]
        return sorted(found, key=lambda t: (t.element.id, t.item or 0, t.id))

    def turn(self, number: int) -> bool:
        waiting = self.waiting()
        if not waiting:
            return False
        users = [t for t in waiting if t.waits_for == "user"]
        wanted = self.random.random() < 0.3 and self.returns.total() < MOST_RETURNS
        if users and wanted and self.send_back(self.random.choice(users)):
            return True
        token = self.random.choice(users if users and number > 40 else waiting)
        if token.waits_for == "user":
            self.done.append((token.element.id, token.scope))
            self.run.complete(token.id, {"go": number < 40 and self.random.random() < 0.3})
        else:
            self.run.fire(token.id)
        self.run.advance()
        return True

    def send_back(self, token: Token) -> bool:
        """Try to send the case back to something done before; tell whether it went."""
        stand, straight = self.random.random() < 0.5, self.random.random() < 0.5
        places = sorted(set(self.done))
        self.random.shuffle(places)
        ended = json.loads(self.run.snapshot()).get("kept", {})
        for target, scope in places:
            try:
                self.run.send_back(token.id, target, scope, stand=stand, straight=straight)
            except CannotReturn:
                continue
            self.run.advance()
            self.check(token, target, scope)
            self.returns["inside" if scope.removesuffix("/process") in ended else "plain"] += 1
            return True
        return False

    def check(self, token: Token, target: str, scope: str) -> None:
        living = {t.id: t for t in self.waiting()}
        assert token.id not in living
        opened = [t for t in living.values() if (t.element.id, t.scope) == (target, scope)]
        assert [t.sent_back_by for t in opened] == [token.id]
        assert [t.waits_for for t in opened] == ["user"]


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_after_random_returns_every_process_ends(chunk: int) -> None:
    returned: Counter[str] = Counter()
    for seed in range(chunk, SEEDS, CHUNKS):
        definition = random_definition(seed, 5 if seed % 2 else 3, returns=True)
        office = Office(definition, random.Random(seed))

        for number in range(600):
            if not office.turn(number):
                break

        assert office.run.completed, f"seed {seed} never ended"
        returned += office.returns
    assert returned["plain"] > SEEDS // CHUNKS // 2
    assert returned["inside"] > 0
