"""Kills at named places lose nothing and double nothing, on both databases (the short form)."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_killed_workers_lose_nothing_and_double_nothing(database: str) -> None:
    command = [sys.executable, "-m", "tests.faults.crashes", "--kills", "12", "--seed", "77"]
    if database == "postgresql":
        command.append("--postgresql")

    run = subprocess.run(command, capture_output=True, text=True, timeout=300)

    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    assert "FAULT" not in run.stdout
    assert int(run.stdout.split()[0]) >= 12
