"""Random processes, edited at random while they run: what may go over goes over whole.

Nothing is lost, nothing doubles, every instance ends on the new drawing; one that is refused stays
what it was, byte for byte. `ENGINE_SEEDS=3000` runs many more than `make test` does.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from app.engine.spiff import Correspondence, Definition, Passage, Run, Token, load_definition
from app.errors import DefinitionError
from spiff_edits import Editor
from spiff_host import RecordingHost
from spiff_random import random_file

SEEDS = int(os.environ.get("ENGINE_SEEDS", "400"))
CHUNKS = 6
WAITS = {"user", "timer", "message"}
START = {"people": ["a", "b", "c"], "go": False}


def waiting(run: Run) -> list[Token]:
    found = [t for t in run.tokens() if t.waits_for in WAITS]
    return sorted(found, key=lambda t: (t.element.id, t.item or 0, t.id))


def turn(run: Run, chance: random.Random, number: int) -> bool:
    """Let somebody, or the clock, do one thing; False when nothing waits."""
    tokens = waiting(run)
    if not tokens:
        return False
    users = [t for t in tokens if t.waits_for == "user"]
    token = chance.choice(users if users and number > 40 else tokens)
    if token.waits_for == "user":
        run.complete(token.id, {"go": number < 40 and chance.random() < 0.3})
    else:
        run.fire(token.id, {"go": False})
    run.advance()
    return True


def doubled(run: Run, definition: Definition) -> list[tuple[str, str, int | None]]:
    """Return what stands twice; what follows a reminder may."""
    reminders = [e.id for e in definition.elements.values() if e.attached_to and not e.interrupting]
    flows = {flow for name in reminders for flow in definition.flows_ahead(name, "")}
    beside = {definition.flows[flow].target for flow in flows}
    places = Counter(
        (t.element.id, t.scope, t.item)
        for t in waiting(run)
        if t.waits_for == "user" and t.element.id not in beside
    )
    return [place for place, count in places.items() if count > 1]


def edited(seed: int, depth: int) -> tuple[Definition, Definition, Correspondence]:
    """Return a random process before and after random edits that still load."""
    content, chance = random_file(seed, depth, returns=seed % 4 > 0), random.Random(seed + 1)
    editor = Editor(content, chance)
    for _ in range(chance.randint(1, 5)):
        editor.edit()
    renamed = {old: new for old, new in editor.renamed.items() if old != new}
    old = load_definition({"p.bpmn": content}, "p")
    return old, load_definition({"p.bpmn": editor.file()}, "p"), Correspondence(renamed)


def cases(chunk: int) -> Iterator[tuple[int, Run, Definition, Correspondence, RecordingHost]]:
    """Yield instances that stopped somewhere on their way, with the drawing they go over to."""
    for seed in range(chunk, SEEDS, CHUNKS):
        try:
            old, new, given = edited(seed, 3 + seed % 3)
        except DefinitionError:
            continue  # an edit that no designer could publish
        host, chance = RecordingHost(), random.Random(seed)
        run = Run.begin(old, host, START)
        run.advance()
        for number in range(chance.randint(0, 10)):
            turn(run, chance, number)
        if not run.completed:
            yield seed, Run.restore(old, host, run.snapshot()), new, given, host


def check_whole(passage: Passage, before: Run, run: Run) -> None:
    """Whoever waited still waits, under the same token."""
    stayed = {t.id: t for t in before.tokens()}
    there = {t.id: t for t in run.tokens()}
    for token_id, (_, element) in passage.places.items():
        if token_id in stayed and stayed[token_id].waits_for in WAITS:
            assert there[token_id].element == element
            assert there[token_id].value == stayed[token_id].value


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_goes_over_to_an_edited_drawing_ends_there_whole(chunk: int) -> None:
    verdicts: Counter[str] = Counter()
    for seed, run, new, given, host in cases(chunk):
        before = run.snapshot()
        passage = run.passage_to(new, given, frozenset(host.done()))
        assert run.snapshot() == before, f"seed {seed}: looking changed it"
        if passage.obstacles:
            verdicts[passage.obstacles[0].code] += 1
            assert passage.state == ""
            continue
        verdicts["ready"] += 1

        after = Run.arrive(new, host, passage)
        after.advance()
        check_whole(passage, run, after)
        chance = random.Random(seed)
        for number in range(600):
            assert not doubled(after, new), f"seed {seed}"
            after = Run.restore(new, host, after.snapshot())
            if not turn(after, chance, number):
                break

        assert after.completed, f"seed {seed} never ended"
    assert verdicts["ready"] > SEEDS // CHUNKS // 4
    assert verdicts.total() > verdicts["ready"]
