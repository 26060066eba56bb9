"""Snapshots: small, plain, order-free, refused when they do not fit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.engine.spiff import Definition, Run, SnapshotRefused
from spiff_diagrams import (
    boundary,
    call,
    chain,
    definition,
    el,
    end,
    gateway,
    message,
    on_message,
    process,
    start,
    sub,
    timer,
    user,
)
from spiff_host import Driver, RecordingHost


def approval_loop() -> Definition:
    """An approval that is sent back for ever, wrapped, with timer, decision and called process."""
    inner = process("q", [start("qs"), user("Q"), end("qe")], chain("qs", "Q", "qe"))
    rule = el("businessRuleTask", "R", '<zeebe:calledDecision decisionId="d" resultVariable="r"/>')
    inside = [
        start("ws"), user("apply"), boundary("late", "apply", timer("P5D"), interrupting=False),
        rule, call("C", "q"), gateway("exclusive", "X", default="X__apply"), end("we"), end("le"),
    ]  # fmt: skip
    flows = [*chain("ws", "apply", "R", "C", "X", "apply"), ("X", "we", "=ok"), ("late", "le")]
    parts = [start(), sub("W", inside, flows), boundary("wd", "W", on_message("m")), end()]
    return definition(parts, [*chain("s", "W", "e"), ("wd", "e")], inner, message("m", "=no"))


def loop_driver() -> Driver:
    host = RecordingHost()
    host.decisions["d"] = lambda context: {"route": "expert"}
    return Driver(approval_loop(), host, {"no": "2026-1", "ok": False, "text": "字" * 100})


def test_state_stays_flat_over_a_thousand_turns_of_a_loop() -> None:
    driver, sizes = loop_driver(), []

    for _ in range(1000):
        driver.complete("apply").complete("Q")
        sizes.append(len(driver.run.snapshot()))

    assert len(set(sizes[1:])) == 1
    assert sizes[-1] < 2000


def test_memory_stays_flat_without_any_restore() -> None:
    driver = loop_driver()

    for _ in range(600):
        for element in ("apply", "Q"):
            driver.run.complete(driver.named(element).id)
            driver.run.advance()

    assert sum(len(w.tasks) for w in driver.run._instance.workflows()) < 10


def test_snapshot_is_plain_and_names_its_version() -> None:
    stored = json.loads(loop_driver().run.snapshot())

    assert set(stored) == {"version", "process", "completed", "tokens", "scopes"}
    assert (stored["version"], stored["process"], stored["completed"]) == (1, "p", False)
    assert "SpiffWorkflow" not in json.dumps(stored)


def test_keys_may_be_reordered_as_jsonb_does() -> None:
    driver = loop_driver()
    reordered = json.dumps(json.loads(driver.run.snapshot()), sort_keys=True)

    driver.run = Run.restore(driver.definition, driver.host, reordered)

    assert driver.complete("apply").complete("Q").open() == ["apply"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"version": 2}, "core.snapshot_version"),
        ({"version": "1"}, "core.snapshot_version"),
        ({"version": None}, "core.snapshot_version"),
        ({"process": "q"}, "core.snapshot_process"),
        ({"tokens": [[None, [["t", "nobody", "ready", {}]]]]}, "core.snapshot_element"),
        ({"tokens": [["nobody", []]]}, "core.snapshot_element"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], code: str) -> None:
    driver = loop_driver()
    stored = json.loads(driver.run.snapshot()) | change

    with pytest.raises(SnapshotRefused) as caught:
        Run.restore(driver.definition, driver.host, json.dumps(stored))

    assert caught.value.code == code


def test_restoring_asks_the_host_for_nothing() -> None:
    driver = loop_driver()
    text = driver.run.snapshot()

    class Silent:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    run = Run.restore(driver.definition, Silent(), text)

    assert run.snapshot() == text
    assert sorted(t.element.id for t in run.tokens()) == ["apply", "late", "wd"]


def test_token_ids_survive() -> None:
    driver = loop_driver()
    before = {t.id: t.element.id for t in driver.run.tokens()}

    driver.again()

    assert {t.id: t.element.id for t in driver.run.tokens()} == before


def test_completed_run_keeps_its_variables() -> None:
    driver = loop_driver()
    driver.complete("apply").complete("Q").fire("wd", reason="x")

    driver.again()

    assert driver.run.completed
    assert driver.run.tokens() == []
    assert driver.variables["reason"] == "x"


def test_failed_mark_survives() -> None:
    driver = loop_driver()
    driver.run.fail(driver.named("apply").id)

    driver.again()

    assert driver.named("apply").failed
