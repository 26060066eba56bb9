"""Act, then advance: what a failing step leaves behind, and what stops a run that never ends."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.spiff import (
    NoWayOut,
    Run,
    Runaway,
    TokenGone,
    TokenNotWaiting,
    WrongValue,
)
from spiff_diagrams import (
    boundary,
    catch,
    chain,
    definition,
    each,
    el,
    end,
    gateway,
    io,
    service,
    start,
    timer,
    user,
)
from spiff_host import Driver, RecordingHost


class Saved:
    """A savepoint that tells what became of it."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def commit(self) -> None:
        self.log.append("commit")

    def rollback(self) -> None:
        self.log.append("rollback")


class Broken:
    """An operation that fails until it is repaired."""

    def __init__(self) -> None:
        self.broken = True

    def __call__(self, context: Any) -> dict[str, Any]:
        if self.broken:
            raise RuntimeError("library row missing")
        return {"certificate": "C1"}


def two_branches(operation: Broken) -> Driver:
    """One branch runs into the operation, the other is two user tasks."""
    parts = [
        start(), gateway("parallel", "F"), user("A"), service("X", "issue"), user("B"),
        user("B2"), gateway("parallel", "J"), end(),
    ]  # fmt: skip
    flows = [("s", "F"), ("F", "A"), ("F", "B"), *chain("A", "X", "J", "e"), *chain("B", "B2", "J")]
    return Driver(definition(parts, flows), RecordingHost(issue=operation))


def act_and_advance_carefully(driver: Driver, element: str, log: list[str]) -> list[Any]:
    """What the engine does: act, write down, advance; after a failure carefully from the act."""
    driver.again()
    driver.run.complete(driver.named(element).id, {"opinion": element})
    acted = driver.run.snapshot()
    try:
        driver.run.advance()
        return []
    except Exception:
        driver.run = Run.restore(driver.definition, driver.host, acted)
        return driver.run.advance_carefully(lambda: Saved(log))


def test_failing_step_keeps_the_act_and_lets_other_branches_go_on() -> None:
    operation, log = Broken(), list[str]()
    driver = two_branches(operation)

    failures = act_and_advance_carefully(driver, "A", log)

    assert [(f.element.id, str(f.error)) for f in failures] == [("X", "library row missing")]
    assert driver.variables == {"opinion": "A"}
    assert log == ["commit", "rollback"]
    assert driver.run.token(failures[0].token_id).failed
    assert driver.complete("B").open() == ["B2"]
    assert driver.named("X").failed


def test_retry_tries_the_marked_token_again() -> None:
    operation = Broken()
    driver = two_branches(operation)
    (failure,) = act_and_advance_carefully(driver, "A", [])
    driver.run.advance()
    assert driver.named("X").failed

    operation.broken = False
    driver.again()
    driver.run.retry(failure.token_id)
    driver.run.advance()
    driver.complete("B").complete("B2")

    assert driver.run.completed
    assert driver.variables["certificate"] == "C1"


@pytest.mark.parametrize(
    ("after", "flows", "error"),
    [
        ([user("V", inner=each("=nobody", "x"))], chain("A", "V", "e"), WrongValue),
        ([catch("t", timer("=n"))], chain("A", "t", "e"), WrongValue),
        (
            [gateway("exclusive", "X"), user("B"), user("C")],
            [("A", "X"), ("X", "B", "=false"), ("X", "C", "=false"), ("B", "e"), ("C", "e")],
            NoWayOut,
        ),
    ],
)
def test_failure_on_entering_the_next_element_keeps_the_submission(
    after: list[str], flows: list[tuple[str, ...]], error: type[Exception]
) -> None:
    driver = Driver(definition([start(), user("A"), *after, end()], [("s", "A"), *flows]))

    (failure,) = act_and_advance_carefully(driver, "A", [])

    assert isinstance(failure.error, error)
    assert driver.open() == []
    assert len(driver.run.tokens()) == 1
    driver.again()
    assert driver.run.token(failure.token_id).failed


def test_failing_output_mapping_keeps_the_submission() -> None:
    class Host(RecordingHost):
        def evaluate(self, *arguments: Any) -> list[Any]:
            raise ValueError("no such name")

    ext = io(outputs=[("=date(", "x")])
    driver = Driver(definition([start(), user("A", ext), end()], chain("s", "A", "e")), Host())

    (failure,) = act_and_advance_carefully(driver, "A", [])

    assert (failure.element.id, driver.named("A").waits_for) == ("A", "engine")
    with pytest.raises(TokenNotWaiting):
        driver.run.complete(failure.token_id)


def test_failing_note_taking_belongs_to_the_step() -> None:
    class Host(RecordingHost):
        def record(self, token: Any, happening: str, context: Any) -> None:
            if token.element.id == "B":
                raise RuntimeError("no room")
            super().record(token, happening, context)

    parts = [start(), user("A"), user("B"), end()]
    driver = Driver(definition(parts, chain("s", "A", "B", "e")), Host())

    (failure,) = act_and_advance_carefully(driver, "A", [])

    assert (failure.element.id, driver.named("A").failed) == ("A", True)


def test_fatal_errors_go_through() -> None:
    driver = two_branches(Broken())
    driver.run.complete(driver.named("A").id)

    with pytest.raises(RuntimeError):
        driver.run.advance_carefully(fatal=(RuntimeError,))


def endless() -> Driver:
    parts = [
        start(), gateway("parallel", "F"), user("A"), gateway("exclusive", "M"), el("task", "N"),
        gateway("exclusive", "X", default="X__M"), user("B"), end(),
    ]  # fmt: skip
    flows = [("s", "A"), ("A", "F"), ("F", "M"), ("F", "B"), *chain("M", "N", "X", "M")]
    return Driver(definition(parts, [*flows, ("X", "e", "=false"), ("B", "e")]))


def test_cycle_without_a_wait_state_is_stopped() -> None:
    driver = endless()
    driver.run.complete(driver.named("A").id)

    with pytest.raises(Runaway) as caught:
        driver.run.advance(limit=500)

    assert caught.value.fields["limit"] == 500


def test_careful_advance_stops_the_cycle_and_keeps_the_rest() -> None:
    driver = endless()
    driver.run.complete(driver.named("A").id)

    failures = driver.run.advance_carefully(limit=50)

    assert [type(f.error) for f in failures] == [Runaway]
    assert driver.open() == ["B"]


def test_endless_recursion_of_calls_is_stopped() -> None:
    call = '<zeebe:calledElement processId="p"/>'
    model = definition([start(), el("callActivity", "C", call), end()], chain("s", "C", "e"))

    with pytest.raises(Runaway):
        Driver(model)


def test_acts_refuse_what_does_not_wait_for_them() -> None:
    parts = [start(), user("A"), boundary("t", "A", timer("P1D")), end()]
    driver = Driver(definition(parts, [*chain("s", "A", "e"), ("t", "e")]))
    task, event = driver.named("A").id, driver.named("t").id

    for act, token in (("fire", task), ("finish", task), ("complete", event)):
        with pytest.raises(TokenNotWaiting):
            getattr(driver.run, act)(token)
    driver.run.complete(task)
    with pytest.raises(TokenNotWaiting):
        driver.run.complete(task)
    with pytest.raises(TokenGone):
        driver.run.complete("nobody")


def test_marked_token_takes_no_acts_until_it_is_retried() -> None:
    driver = Driver(definition([start(), user("A"), end()], chain("s", "A", "e")))
    token = driver.named("A").id

    driver.run.fail(token)
    with pytest.raises(TokenNotWaiting):
        driver.run.complete(token)
    driver.run.retry(token)
    driver.run.complete(token)
    driver.run.advance()

    assert driver.run.completed


def test_act_moves_nothing() -> None:
    driver = Driver(definition([start(), user("A"), end()], chain("s", "A", "e")))
    log = list(driver.host.log)

    driver.run.complete(driver.named("A").id, {"x": 1})

    assert (driver.variables, driver.host.log) == ({}, log)
    assert [t.waits_for for t in driver.run.tokens()] == ["engine"]
