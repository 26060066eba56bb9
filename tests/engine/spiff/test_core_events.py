"""Boundary events, withdrawal, and loops through joins."""

from __future__ import annotations

import pytest

from app.engine.spiff import BpmnError, Definition, TokenGone, Waiting
from spiff_diagrams import (
    FlowEnds,
    boundary,
    call,
    catch,
    chain,
    definition,
    each,
    el,
    end,
    gateway,
    io,
    message,
    on_error,
    on_message,
    process,
    start,
    sub,
    timer,
    user,
)
from spiff_host import Driver, RecordingHost

CYCLE = timer("R3/P1D", "timeCycle")


def hosted(host: str, *events: str, flows: list[FlowEnds], more: list[str] | None = None) -> Driver:
    """s → A → Z → e with boundary events on A, which is a user task or a sub-process around I."""
    inside = user("A")
    if host == "sub-process":
        inside = sub("A", [start("ps"), user("I"), end("pe")], chain("ps", "I", "pe"))
    parts = [start(), inside, *events, user("Z"), end(), *(more or [])]
    if any(ends[1] == "e2" for ends in flows):
        parts.append(end("e2"))
    return Driver(definition(parts, [*chain("s", "A", "Z", "e"), *flows], message("plain")))


HOSTS = pytest.mark.parametrize(("host", "inner"), [("user task", "A"), ("sub-process", "I")])


@HOSTS
def test_interrupting_timer_takes_its_host_with_it(host: str, inner: str) -> None:
    driver = hosted(host, boundary("t", "A", timer("P5D")), flows=[("t", "Z")])
    token = driver.named(inner).id

    driver.fire("t")

    assert (driver.open(), driver.waiting()) == (["Z"], [])
    with pytest.raises(TokenGone):
        driver.run.complete(token)


@HOSTS
def test_completing_the_host_disarms_its_timers(host: str, inner: str) -> None:
    driver = hosted(host, boundary("t", "A", timer("P5D")), flows=[("t", "Z")])

    driver.complete(inner)

    assert (driver.open(), driver.waiting()) == (["Z"], [])


@HOSTS
def test_one_shot_reminder_runs_beside_its_host(host: str, inner: str) -> None:
    driver = hosted(
        host, boundary("t", "A", timer("P5D"), interrupting=False),
        flows=[("t", "R"), ("R", "e2")], more=[user("R")],
    )  # fmt: skip

    driver.fire("t")
    assert (driver.open(), driver.waiting()) == (sorted([inner, "R"]), [])
    driver.complete(inner).complete("Z")
    assert not driver.run.completed
    assert driver.complete("R").run.completed


@HOSTS
def test_tokens_of_a_cycle_survive_the_end_of_its_host(host: str, inner: str) -> None:
    driver = hosted(
        host, boundary("t", "A", CYCLE, interrupting=False),
        flows=[("t", "R"), ("R", "e2")], more=[user("R")],
    )  # fmt: skip

    driver.fire("t").fire("t")
    assert driver.waiting() == ["t"]
    driver.complete(inner)
    assert (driver.open(), driver.waiting()) == (["R", "R", "Z"], [])
    driver.complete("R").complete("Z").complete("R")

    assert driver.run.completed
    assert driver.host.log.count(("t", "fired")) == 2


def test_non_interrupting_message_stays_armed() -> None:
    driver = hosted(
        "user task", boundary("b", "A", on_message("plain"), interrupting=False),
        flows=[("b", "R"), ("R", "e2")], more=[user("R")],
    )  # fmt: skip

    driver.fire("b", n=1).fire("b", n=2)

    assert (driver.open(), driver.waiting()) == (["A", "R", "R"], ["b"])
    assert driver.variables == {"n": 2}


def test_two_repeating_events_fired_in_one_act_both_stay_armed() -> None:
    driver = hosted(
        "user task",
        boundary("b1", "A", CYCLE, interrupting=False),
        boundary("b2", "A", CYCLE, interrupting=False),
        flows=[("b1", "R"), ("b2", "R"), ("R", "e2")], more=[user("R")],
    )  # fmt: skip

    driver.run.fire(driver.named("b1").id)
    driver.run.fire(driver.named("b2").id)
    driver.run.advance()

    assert (driver.open(), driver.waiting()) == (["A", "R", "R"], ["b1", "b2"])


def test_boundary_timer_sees_the_inputs_of_its_host() -> None:
    ext = '<zeebe:ioMapping><zeebe:input source="=n" target="days"/></zeebe:ioMapping>'
    event = boundary("t", "A", timer('="P" + string(days) + "D"'))
    parts = [start(), user("A", ext), event, end()]
    driver = Driver(definition(parts, [*chain("s", "A", "e"), ("t", "e")]), None, {"n": 15})

    assert driver.named("t").value == "P15D"


def test_withdrawal_leaves_one_token_and_the_root_scope() -> None:
    inside = [
        start("ws"), gateway("parallel", "F"), user("A"),
        boundary("at", "A", timer("P3D"), interrupting=False), call("C", "q"),
        catch("pub", timer("P5D")), user("V", inner=each("=experts", "x")),
        sub("N", [start("ns"), user("D"), end("ne")], chain("ns", "D", "ne"),
            inner=each("=experts", "x")),
        gateway("parallel", "J"), end("we"), end("we2"),
    ]  # fmt: skip
    branches = ["A", "C", "pub", "V", "N"]
    flows: list[FlowEnds] = [("ws", "F"), ("J", "we"), ("at", "we2")]
    flows += [("F", name) for name in branches] + [(name, "J") for name in branches]
    inner = process("q", [start("qs"), user("Q"), end("qe")], chain("qs", "Q", "qe"))
    parts = [start(), sub("W", inside, flows), boundary("wd", "W", on_message("m"))]
    parts += [user("Archive"), end()]
    outer = [*chain("s", "W", "e"), *chain("wd", "Archive", "e")]
    model = definition(parts, outer, inner, message("m", "=no"))
    driver = Driver(model, None, {"no": "2026-7", "experts": ["a", "b"]})
    assert driver.open() == ["A", "D", "D", "Q", "V", "V"]

    driver.fire("wd", reason="撤回")

    assert [t.element.id for t in driver.run.tokens()] == ["Archive"]
    assert driver.run.snapshot().count('"up"') == 1
    cancelled = [name for name, happening in driver.host.log if happening == "cancelled"]
    assert sorted(cancelled) == sorted(
        ["W", "A", "at", "C", "Q", "pub", "V", "V", "V", "N", "N", "N", "D", "D"]
    )
    assert driver.complete("Archive").run.completed


def test_called_process_may_be_used_twice_nested_and_at_once() -> None:
    inner = process("q", [start("qs"), user("Q"), end("qe")], chain("qs", "Q", "qe"))
    middle = process(
        "mid", [start("ms"), user("M"), call("C2", "q"), end("me")], chain("ms", "M", "C2", "me")
    )
    parts = [start(), gateway("parallel", "F"), call("C1", "mid"), call("C3", "mid")]
    parts += [gateway("parallel", "J"), end()]
    flows = [("s", "F"), ("F", "C1"), ("F", "C3"), ("C1", "J"), ("C3", "J"), ("J", "e")]
    driver = Driver(definition(parts, flows, inner, middle))

    driver.complete("M").complete("Q")
    assert driver.open() == ["M"]
    driver.complete("M")
    assert [e.id for e in driver.named("Q").enclosing] == ["C3", "C2"]
    assert driver.complete("Q").run.completed


def test_process_may_call_itself() -> None:
    parts = [start(), user("A"), gateway("exclusive", "X", default="X__e"), call("C", "p"), end()]
    flows = [("s", "A"), ("A", "X"), ("X", "C", "=deeper"), ("X", "e"), ("C", "e")]
    driver = Driver(definition(parts, flows))

    for _ in range(5):
        driver.complete("A", deeper=True)
    assert len(driver.named("A").enclosing) == 5
    assert driver.complete("A", deeper=False).run.completed


def test_subprocess_in_a_loop_begins_anew() -> None:
    inside = sub("P", [start("ps"), user("I"), end("pe")], chain("ps", "I", "pe"))
    parts = [start(), user("A"), inside, gateway("exclusive", "X", default="X__A"), end()]
    driver = Driver(definition(parts, [*chain("s", "A", "P", "X", "A"), ("X", "e", "=ok")]))

    driver.complete("A").complete("I", ok=False).complete("A")
    assert driver.open() == ["I"]
    assert driver.complete("I", ok=True).run.completed


def test_two_flows_between_the_same_elements_are_two_tokens() -> None:
    parts = [start(), gateway("parallel", "F"), gateway("parallel", "J"), user("A"), end()]
    flows = [("s", "F"), ("F", "J", "", "one"), ("F", "J", "", "two"), *chain("J", "A", "e")]
    driver = Driver(definition(parts, flows))

    assert driver.open() == ["A"]
    assert driver.host.done().count("J") == 1


def test_task_with_several_outgoing_flows_forks() -> None:
    parts = [start(), el("task", "T"), user("A"), user("B"), end()]
    driver = Driver(definition(parts, [("s", "T"), ("T", "A"), ("T", "B"), ("A", "e"), ("B", "e")]))

    assert driver.open() == ["A", "B"]


OPERATION = '<zeebe:taskDefinition type="send" retries="3"/>'
SENDING = "<bpmn:messageEventDefinition/>"


def throwing() -> Definition:
    """A process that sends a message on its way and another one with its end."""
    parts = [
        start(),
        el("intermediateThrowEvent", "T", OPERATION + io([("=n", "key")]), SENDING),
        user("A"),
        el("endEvent", "e", OPERATION, SENDING),
    ]
    return definition(parts, chain("s", "T", "A", "e"))


def test_message_thrown_on_the_way_and_at_the_end_is_an_operation() -> None:
    host = RecordingHost(send=lambda context: {"sent": context.get("key")})
    driver = Driver(throwing(), host, {"n": 7})

    assert [(name, inputs) for name, inputs, _ in host.performed] == [("T", {"key": 7})]
    assert driver.variables == {"n": 7, "sent": 7}
    driver.complete("A")

    assert [name for name, _, _ in host.performed] == ["T", "e"]
    assert driver.run.completed


def test_thrown_message_may_be_sent_in_the_background() -> None:
    host = RecordingHost(send=lambda context: Waiting())
    driver = Driver(throwing(), host, {"n": 7})
    assert driver.waiting() == ["T"]

    driver.finish("T", receipt=1).complete("A")
    assert (driver.waiting(), driver.run.completed) == (["e"], False)

    assert driver.finish("e").run.completed
    assert driver.variables["receipt"] == 1


def test_message_that_cannot_be_sent_is_an_error_of_the_process_around() -> None:
    def fail(context: object) -> None:
        raise BpmnError("UNKNOWN")

    inside = sub("P", [start("ps"), el("endEvent", "pe", OPERATION, SENDING)], chain("ps", "pe"))
    parts = [start(), inside, boundary("B", "P", on_error()), user("L"), end()]
    model = definition(parts, [*chain("s", "P", "e"), *chain("B", "L", "e")])

    assert Driver(model, RecordingHost(send=fail)).open() == ["L"]
