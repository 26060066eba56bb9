"""Nothing that is handed in escapes, runs away or acts: refused by name, or cheap and harmless."""

from __future__ import annotations

import pytest

from tests.faults.hostile.corpus import corpus
from tests.faults.hostile.trial import GROUPS, run_group

LEAST = 60


def test_the_corpus_is_large_and_every_input_belongs_to_a_group() -> None:
    doors = {door for group in GROUPS for door in group}

    assert len(corpus()) >= LEAST
    assert {case.door for case in corpus().values()} == doors


@pytest.mark.parametrize("doors", GROUPS, ids="-".join)
def test_hostile_input_is_refused_or_bounded(
    doors: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outcomes = run_group(doors, tmp_path_factory.mktemp("hostile"))

    harm = {outcome.name: outcome.complaints() for outcome in outcomes if outcome.complaints()}
    assert len(outcomes) > 0
    assert not harm, harm
