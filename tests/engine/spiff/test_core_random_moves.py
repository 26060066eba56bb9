"""Random processes in which an operator moves tokens at random: they still end, nothing is left.

Whatever the core allows must leave no join that waits for ever and no second token on one way.
`ENGINE_SEEDS=3000` runs many more than `make test` does.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from app.engine.spiff import CannotMove, Definition, Run, Token
from spiff_host import RecordingHost
from spiff_random import random_definition

SEEDS = int(os.environ.get("ENGINE_SEEDS", "400"))
CHUNKS = 6
START = {"people": ["a", "b", "c"], "go": False}
MOST_MOVES = 6
WAITS = {"user", "timer", "message"}


@dataclass
class Yard:
    """One run that people drive and an operator disturbs."""

    definition: Definition
    random: random.Random
    host: RecordingHost = field(default_factory=RecordingHost)
    moves: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.run = Run.begin(self.definition, self.host, START)
        self.run.advance()

    def waiting(self) -> list[Token]:
        self.run = Run.restore(self.definition, self.host, self.run.snapshot())
        found = [t for t in self.run.tokens() if t.waits_for in WAITS]
        return sorted(found, key=lambda t: (t.element.id, t.item or 0, t.id))

    def turn(self, number: int) -> bool:
        waiting = self.waiting()
        if not waiting:
            return False
        wanted = self.random.random() < 0.4 and self.moves.total() < MOST_MOVES
        if wanted and self.move(self.random.choice(waiting)):
            return True
        users = [t for t in waiting if t.waits_for == "user"]
        token = self.random.choice(users if users and number > 40 else waiting)
        if token.waits_for == "user":
            self.run.complete(token.id, {"go": number < 40 and self.random.random() < 0.3})
        else:
            self.run.fire(token.id)
        self.run.advance()
        return True

    def move(self, token: Token) -> bool:
        together = self.random.random() < 0.5
        targets = self.run.steps_around(token.id)
        self.random.shuffle(targets)
        for target in targets[:8]:
            try:
                gone = self.run.plan_move(token.id, target.id, together=together)
            except CannotMove as error:
                self.refused[error.reason] += 1
                continue
            self.run.move(token.id, target.id, together=together)
            self.run.advance()
            living = {t.id for t in self.waiting()}
            assert not living & {t.id for t in gone}
            self.moves["together" if len(gone) > 1 else "alone"] += 1
            return True
        return False


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_after_random_moves_every_process_ends(chunk: int) -> None:
    moved: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for seed in range(chunk, SEEDS, CHUNKS):
        yard = Yard(random_definition(seed, 5 if seed % 2 else 3), random.Random(seed))

        for number in range(600):
            if not yard.turn(number):
                break

        left = [(t.element.id, t.waits_for) for t in yard.run.tokens()]
        assert yard.run.completed, f"seed {seed} never ended: {left}"
        moved, refused = moved + yard.moves, refused + yard.refused
    assert moved["alone"] > SEEDS // CHUNKS // 3
    assert moved["together"] > 0
    assert {"move_out_of_branch", "move_to_join"} <= set(refused)
