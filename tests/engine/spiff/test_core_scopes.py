"""Input and output mappings as Camunda 8 documents them, element by element.

Each test pins one rule of its manual ("Variables", "Multi-instance", "Call activities", "Message
events"); where this engine is wider on purpose, the designer's guide says so and so does the test.
"""

from __future__ import annotations

from app.engine.spiff import BpmnError
from spiff_diagrams import (
    boundary,
    call,
    catch,
    chain,
    definition,
    each,
    el,
    end,
    error,
    gateway,
    io,
    message,
    on_error,
    on_message,
    process,
    service,
    start,
    sub,
    timer,
    user,
)
from spiff_host import Driver, RecordingHost

PEOPLE = ["a", "b"]


def run_of(
    element: str, name: str, more: str = "", host: RecordingHost | None = None, **variables: object
) -> Driver:
    """Run one element between start and end."""
    model = definition([start(), element, end()], chain("s", name, "e"), more)
    return Driver(model, host, variables)


def rule(ext: str) -> str:
    called = '<zeebe:calledDecision decisionId="d" resultVariable="verdict"/>'
    return el("businessRuleTask", "R", called + ext)


def script(ext: str) -> str:
    return el("scriptTask", "R", '<zeebe:script expression="=n + 1" resultVariable="m"/>' + ext)


# Mappings


def test_source_sees_the_targets_of_the_mappings_before_it() -> None:
    ext = io([("=n + 1", "m"), ("=m + 1", "k")], [("=m * 10", "x"), ("=x + 1", "y")])
    driver = run_of(user("A", ext), "A", n=1)

    assert driver.run.context(driver.named("A").id) == {"n": 1, "m": 2, "k": 3}
    assert driver.complete("A").variables == {"n": 1, "x": 20, "y": 21}


def test_mapping_without_a_source_gives_null() -> None:
    ext = '<zeebe:ioMapping><zeebe:input target="x"/><zeebe:output target="y"/></zeebe:ioMapping>'
    driver = run_of(user("A", ext), "A", x=1)

    assert driver.run.context(driver.named("A").id) == {"x": None}
    assert driver.complete("A").variables == {"x": 1, "y": None}


def test_missing_variable_or_property_gives_null() -> None:
    driver = run_of(user("A", io(outputs=[("=gone", "a"), ("=c.gone", "b")])), "A", c={})

    assert driver.complete("A").variables == {"c": {}, "a": None, "b": None}


def test_nested_input_makes_the_whole_context_anew() -> None:
    ext = io([("=n", "c.x"), ("=n", "c.y")])
    driver = run_of(user("A", ext), "A", n=1, c={"old": True})

    assert driver.run.context(driver.named("A").id)["c"] == {"x": 1, "y": 1}
    assert driver.complete("A").variables["c"] == {"old": True}


def test_nested_output_keeps_the_rest_at_every_level() -> None:
    ext = io(outputs=[("=n", "c.in.x"), ("=n", "c.y")])
    driver = run_of(user("A", ext), "A", c={"in": {"old": 1}, "old": 2})

    assert driver.complete("A", n=3).variables["c"] == {"in": {"old": 1, "x": 3}, "old": 2, "y": 3}


def test_nested_output_goes_on_from_what_the_element_sees() -> None:
    driver = run_of(user("A", io(outputs=[("=n", "c.x")])), "A", c={"old": 1})

    assert driver.complete("A", n=3, c={"new": 2}).variables["c"] == {"new": 2, "x": 3}


# Tasks


def test_result_without_output_mappings_goes_to_the_nearest_scope_that_knows_the_name() -> None:
    inside = sub(
        "P", [start("ps"), service("S", "op"), user("U"), end("pe")], chain("ps", "S", "U", "pe"),
        io([("=0", "known")]),
    )  # fmt: skip
    host = RecordingHost(op=lambda context: {"known": 1, "fresh": 2})
    driver = run_of(inside, "P", host=host)

    assert driver.run.context(driver.named("U").id) == {"known": 1, "fresh": 2}
    assert driver.variables == {"fresh": 2}


def test_result_of_a_task_stays_inside_when_an_input_has_its_name() -> None:
    host = RecordingHost(op=lambda context: {"x": 2, "y": 3})

    assert run_of(service("S", "op", io([("=1", "x")])), "S", host=host).variables == {"y": 3}


def test_decision_and_script_results_leave_whole_or_as_mapped() -> None:
    host = RecordingHost()
    host.decisions["d"] = lambda context: {"days": 5, "note": "x"}
    days = io(outputs=[("=verdict.days", "days")])

    assert run_of(rule(""), "R", host=host).variables == {"verdict": {"days": 5, "note": "x"}}
    assert run_of(rule(days), "R", host=host).variables == {"days": 5}
    assert run_of(script(""), "R", n=1).variables == {"n": 1, "m": 2}
    assert run_of(script(io(outputs=[("=m", "c.m")])), "R", n=1).variables == {
        "n": 1,
        "c": {"m": 2},
    }


def test_decision_sees_the_input_mappings() -> None:
    host, seen = RecordingHost(), list[object]()
    host.decisions["d"] = lambda context: seen.append(context["given"])

    run_of(rule(io([("=n * 2", "given")])), "R", host=host, n=4)

    assert seen == [8]


# Sub-processes and called processes


def test_sub_process_leaves_only_what_is_mapped() -> None:
    def inner(ext: str) -> str:
        return sub("P", [start("ps"), user("U"), end("pe")], chain("ps", "U", "pe"), ext)

    quiet = run_of(inner(io([("=1", "local")])), "P").complete("U", local=2)
    telling = run_of(inner(io([("=1", "local")], [("=local", "told")])), "P").complete("U", local=2)

    assert (quiet.variables, telling.variables) == ({}, {"told": 2})


def test_called_process_gives_back_into_the_variables_of_its_call() -> None:
    inner = process("q", [start("qs"), user("Q"), end("qe")], chain("qs", "Q", "qe"))
    element = call("C", "q", io([("=1", "own")]), child=True)

    assert run_of(element, "C", inner).complete("Q", own=5, fresh=6).variables == {"fresh": 6}


def test_called_process_that_is_interrupted_gives_nothing_back() -> None:
    inner = process(
        "q", [start("qs"), user("Q"), user("Q2"), end("qe")], chain("qs", "Q", "Q2", "qe")
    )
    parts = [start(), call("C", "q", child=True), boundary("B", "C", timer("P1D")), user("L")]
    model = definition([*parts, end()], [*chain("s", "C", "e"), ("B", "L"), ("L", "e")], inner)

    assert Driver(model, None, {}).complete("Q", a=1).fire("B").variables == {}


# Multi-instance


def many(ext: str, result: str, *, until: str = "") -> Driver:
    loop = each("=people", "person", into="out", result=result, until=until)
    return run_of(user("A", ext, loop), "A", people=PEOPLE)


def test_output_element_is_a_variable_of_the_item_alone() -> None:
    driver = many("", "=vote").complete("A", 2, vote="no").complete("A", 1, vote="yes")

    assert driver.variables == {"people": PEOPLE, "out": ["yes", "no"]}


def test_item_that_brings_no_output_element_is_collected_as_null() -> None:
    driver = many("", "=vote.value").complete("A", 1, note="x").complete("A", 2, vote={"value": 1})

    assert driver.variables == {"people": PEOPLE, "note": "x", "out": [None, 1]}


def test_output_mappings_of_an_item_write_to_the_item_first() -> None:
    driver = many(io(outputs=[("=answer", "vote"), ("=loopCounter", "last")]), "=vote")

    driver.complete("A", 1, answer="yes", other=1).complete("A", 2, answer="no")

    assert driver.variables == {"people": PEOPLE, "last": 2, "out": ["yes", "no"]}


def test_input_mappings_of_an_item_see_its_entry_and_counter() -> None:
    driver = many(io([("=person", "who"), ("=loopCounter * 10", "place")]), "=place")

    seen = driver.run.context(driver.named("A", 2).id)
    assert (seen["who"], seen["place"], seen["person"], seen["loopCounter"]) == ("b", 20, "b", 2)


def test_counter_and_entry_stay_inside() -> None:
    driver = many("", "=loopCounter").complete("A", 1, person="x", loopCounter=9).complete("A", 2)

    assert driver.variables == {"people": PEOPLE, "out": [9, 2]}


def test_completion_condition_sees_counts_collected_results_and_the_last_item() -> None:
    seen = []
    host = RecordingHost()
    ask = host.evaluate

    def listen(expressions, context, element, attribute):  # type: ignore[no-untyped-def]
        if attribute == "completionCondition":
            names = ("out", "vote", "person", "numberOfCompletedInstances")
            seen.append(tuple(context[name] for name in names))
        return ask(expressions, context, element, attribute)

    host.evaluate = listen  # type: ignore[method-assign]
    loop = each("=people", "person", into="out", result="=vote", until='=vote = "yes"')
    driver = run_of(user("A", "", loop), "A", host=host, people=PEOPLE)

    driver.complete("A", 2, vote="yes")

    assert seen == [([None, "yes"], "yes", "b", 1)]
    assert driver.run.completed
    assert driver.variables["out"] == [None, "yes"]


def test_interrupted_items_hand_out_nothing() -> None:
    loop = each("=people", "person", into="out", result="=vote")
    parts = [start(), user("A", "", loop), boundary("B", "A", timer("P1D")), end(), end("e2")]
    driver = Driver(
        definition(parts, [*chain("s", "A", "e"), ("B", "e2")]), None, {"people": PEOPLE}
    )

    assert driver.complete("A", 1, vote="yes").fire("B").variables == {"people": PEOPLE}


# Events


def test_message_brings_all_or_what_is_mapped() -> None:
    def waiting(ext: str) -> Driver:
        return run_of(catch("M", on_message("m"), ext), "M", message("m", "=1"))

    assert waiting("").fire("M", a=1, b=2).variables == {"a": 1, "b": 2}
    assert waiting(io(outputs=[("=a", "got")])).fire("M", a=1, b=2).variables == {"got": 1}


def test_receive_task_brings_into_its_own_variables_first() -> None:
    receive = el("receiveTask", "M", io([("=0", "a")]), messageRef="m")

    assert run_of(receive, "M", message("m", "=1")).fire("M", a=1, b=2).variables == {"b": 2}


def on_task(event: str, ext: str = "", *, interrupting: bool = True, more: str = "") -> Driver:
    """A task with a variable of its own and an event on it, whose way leads to another task."""
    on = el(
        "boundaryEvent", "B", ext, event, attachedToRef="A",
        cancelActivity=str(interrupting).lower(),
    )  # fmt: skip
    parts = [start(), user("A", io([("=2", "n")])), on, user("L"), end(), end("e2")]
    flows = [*chain("s", "A", "e"), *chain("B", "L", "e2")]
    return Driver(definition(parts, flows, more), None, {"n": 1})


def test_boundary_event_does_not_see_the_variables_of_its_task() -> None:
    for interrupting in (True, False):
        ext = io(outputs=[("=n", "seen"), ("=a", "got")])
        driver = on_task(on_message("m"), ext, interrupting=interrupting, more=message("m", "=1"))

        driver.fire("B", a=5)

        assert driver.variables == {"n": 1, "seen": 1, "got": 5}
        assert driver.run.context(driver.named("L").id)["n"] == 1


def test_boundary_timer_is_reckoned_with_the_variables_of_its_task() -> None:
    assert on_task(timer("=string(n)")).named("B").value == "2"


def test_boundary_message_may_be_keyed_by_the_variables_of_its_task() -> None:
    """Wider than Camunda 8, which looks for the key around the task only."""
    assert on_task(on_message("m"), more=message("m", "=n")).named("B").value == 2


def test_caught_error_brings_its_variables_whole_or_mapped() -> None:
    def failing(ext: str) -> Driver:
        def fail(context: object) -> None:
            raise BpmnError("E", {"reason": "late", "more": 1})

        on = el("boundaryEvent", "B", ext, on_error("er"), attachedToRef="S")
        parts = [start(), service("S", "op"), on, end(), end("e2")]
        model = definition(parts, [*chain("s", "S", "e"), ("B", "e2")], error("er", "E"))
        return Driver(model, RecordingHost(op=fail))

    assert failing("").variables == {"reason": "late", "more": 1}
    assert failing(io(outputs=[("=reason", "why")])).variables == {"why": "late"}


def test_event_behind_an_event_gateway_brings_its_message() -> None:
    parts = [
        start(),
        gateway("eventBased", "G"),
        catch("M", on_message("m")),
        catch("T", timer("P1D")),
    ]
    flows = [("s", "G"), ("G", "M"), ("G", "T"), ("M", "e"), ("T", "e2")]
    driver = Driver(definition([*parts, end(), end("e2")], flows, message("m", "=1")))

    assert driver.fire("M", a=1).variables == {"a": 1}


def test_throw_and_end_events_leave_only_what_is_mapped() -> None:
    parts = [
        start(), el("intermediateThrowEvent", "T", io(outputs=[("=n + 1", "m")])),
        el("endEvent", "e", io(outputs=[("=m + 1", "k")])),
    ]  # fmt: skip

    assert Driver(definition(parts, chain("s", "T", "e")), None, {"n": 1}).variables == {
        "n": 1, "m": 2, "k": 3,
    }  # fmt: skip
