"""The measurements run: a handful of everything, on both databases, without the installed peers.

What they measure here means nothing; that their parts still fit together is what is tested.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.engine.tables import ProcessInstance, TaskCandidate
from app.scheduler.virtual import find_actor
from bench import engine, growth, race, results, stored, timers
from bench.contenders import OURS, RAW, running
from bench.filling import fill, template
from bench.houses import GOING_ON, OFFICER, at_house, complete, start
from bench.options import Options, read
from bench.peers.viewflow.settings import database
from bench.results import Spread, Times, ratios, verdict
from bench.stores import Fresh, fresh_from
from tests.copies import POSTGRESQL, SQLITE, Copies

TINY = Options(
    rounds=1, instances=2, turns=5, rows=(10, 20), timers=4, workers=(2,), viewflow=False,
    profile=True,
)  # fmt: skip


@pytest.fixture
def fresh(copies: Copies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fresh:
    """The test server instead of a durable one, and a folder of its own for the reports."""
    monkeypatch.setattr(results, "OUT", tmp_path)
    return fresh_from(copies.cluster, tmp_path)


def options(kind: str) -> Options:
    return Options(**{**vars(TINY), "kinds": (kind,)})


def test_every_measurement_runs_and_writes_its_report(
    fresh: Fresh, database_kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for measurement in (engine, race, growth, stored, timers):
        name = measurement.__name__.rpartition(".")[2]
        told = measurement.main(options(database_kind), fresh)

        assert json.loads((tmp_path / f"{name}.json").read_text("utf-8"))["measurement"] == name
        assert database_kind in told
        assert f"== {name}" in capsys.readouterr().out


def test_both_contenders_leave_the_same_rows(fresh: Fresh, tmp_path: Path) -> None:
    """Raw SpiffWorkflow is measured with what the engine writes, or the ratio means nothing."""
    left = {}
    for name in (OURS, RAW):
        with fresh(SQLITE) as address, running(name, address, tmp_path) as contender:
            assert len(contender.round(5)) == 15
            left[name] = _rows(address.removeprefix("sqlite:///"))

    assert left[OURS] == left[RAW]


def _rows(file: str) -> dict[str, list[object]]:
    connection = sqlite3.connect(file)
    queries = {
        "instances": "SELECT status, count(*) FROM process_instance GROUP BY status",
        "tasks": "SELECT element_id, status, count(*) FROM user_task GROUP BY 1, 2 ORDER BY 1",
        "candidates": "SELECT group_code, count(*) FROM task_candidate GROUP BY 1",
        "submissions": "SELECT count(*) FROM task_submission WHERE task_id IS NOT NULL",
        "history": "SELECT kind, element_id, count(*) FROM activity_event "
        "WHERE element_id <> 'begun' AND NOT (kind = 'entered' AND element_id = 'check') "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        "audit": "SELECT action, count(*) FROM audit_entry WHERE action = 'complete'",
    }
    return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def test_a_filled_database_is_a_working_one(fresh: Fresh, database_kind: str) -> None:
    with at_house(database_kind, fresh) as found:
        fill(found, template(found), 1, 50)

        with found.unit_of_work() as session:
            stored_now = session.scalar(select(func.count()).select_from(ProcessInstance))
            groups = session.scalar(select(func.count(TaskCandidate.group_code.distinct())))
        officer = find_actor(found, OFFICER)
        assert (stored_now, groups) == (51, 51)
        assert complete(found, start(found, "line"), officer, GOING_ON) > 0


def test_a_contender_that_fails_is_not_waited_for(fresh: Fresh, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with"), running(RAW, "nonsense", tmp_path):
        pass


def test_figures_are_medians_with_their_spread() -> None:
    assert str(ratios([2.0, 3.0, 9.0], [1.0, 2.0, 3.0])) == "2.00 (1.50 – 3.00)"
    assert Spread.of([1.0]) == Spread(1.0, 1.0, 1.0)
    assert Times.of("x", [0.001, 0.002, 0.003]).per_second == 500
    assert verdict("x", 0.5, 0.6).endswith("aim ≥ 0.6: MISSED")
    assert verdict("x", 1.1, 1.2, at_most=True).endswith("aim ≤ 1.2: reached")


def test_options_limit_what_is_measured() -> None:
    assert read(["stored", "--rows", "2000", "--database", POSTGRESQL]) == (
        ["stored"], Options(kinds=(POSTGRESQL,), rows=(1_000,)),
    )  # fmt: skip
    assert read(["--rows", "10", "--workers", "2"])[1].rows == (10,)
    assert read([])[1] == Options()


def test_the_peer_is_given_the_same_durable_database() -> None:
    file = database("sqlite:////tmp/x.db")
    server = database("postgresql+psycopg://tests@/bench?host=/tmp/pg")

    assert "synchronous=FULL" in file["OPTIONS"]["init_command"]
    assert (file["NAME"], file["OPTIONS"]["transaction_mode"]) == ("/tmp/x.db", "IMMEDIATE")
    assert (server["NAME"], server["USER"], server["HOST"]) == ("bench", "tests", "/tmp/pg")
    assert "django" not in sys.modules
