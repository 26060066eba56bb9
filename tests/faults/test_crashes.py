"""Kills at named places lose nothing and double nothing, on both databases (the short form)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.bootstrap.models import metadata
from tests.faults.invariants import CHECKS

KILLS = 10


@pytest.mark.fault
def test_killed_servers_and_workers_lose_nothing_and_double_nothing(database_kind: str) -> None:
    arguments = ["--kills", str(KILLS), "--seed", "77", "--database", database_kind]
    command = [sys.executable, "-m", "tests.faults.crashes", *arguments]

    run = subprocess.run(command, capture_output=True, text=True, timeout=400)

    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    assert "FAULT" not in run.stdout
    assert int(run.stdout.split()[0]) >= KILLS


def test_every_table_has_an_invariant_or_a_reason_to_have_none() -> None:
    assert set(CHECKS) == set(metadata.tables)
    assert all(callable(check) or len(check) > 20 for check in CHECKS.values())
