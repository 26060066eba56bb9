"""Kills at named places lose nothing and double nothing, on both databases (the short form)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.bootstrap.models import metadata
from tests.faults.invariants import CHECKS

KILLS, COMPLETIONS, SECONDS = 10, 40, 400


def crashes(database_kind: str, **numbers: int) -> list[str]:
    """Run the harness in a process of its own; return the lines that it prints."""
    asked = [part for name, number in numbers.items() for part in (f"--{name}", str(number))]
    command = [sys.executable, "-m", "tests.faults.crashes", "--database", database_kind, *asked]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    assert "FAULT" not in run.stdout
    return run.stdout.splitlines()


@pytest.mark.fault
def test_killed_servers_and_workers_lose_nothing_and_double_nothing(database_kind: str) -> None:
    killed, _ = crashes(database_kind, kills=KILLS, seed=77)

    assert int(killed.split()[0]) >= KILLS


@pytest.mark.fault
def test_three_servers_and_two_workers_share_one_database(database_kind: str) -> None:
    _, done = crashes(database_kind, kills=0, servers=3, completions=COMPLETIONS)

    assert int(done.split()[0]) >= COMPLETIONS


def test_every_table_has_an_invariant_or_a_reason_to_have_none() -> None:
    assert set(CHECKS) == set(metadata.tables)
    assert all(callable(check) or len(check) > 20 for check in CHECKS.values())
