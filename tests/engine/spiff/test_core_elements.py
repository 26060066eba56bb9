"""What each kind of element does with a token."""

from __future__ import annotations

import pytest

from app.engine.spiff import BpmnError, ErrorNotCaught, NoWayOut, Run, Waiting, WrongValue
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

TERMINATE = "<bpmn:terminateEventDefinition/>"


def test_tasks_without_work_pass_at_once() -> None:
    parts = [start(), el("task", "A"), el("manualTask", "B"), el("intermediateThrowEvent", "C")]
    driver = Driver(definition([*parts, end()], chain("s", "A", "B", "C", "e")))

    assert driver.run.completed
    assert driver.host.done() == ["s", "A", "B", "C", "e"]


def test_service_task_gives_its_inputs_and_takes_its_result() -> None:
    host = RecordingHost(calc=lambda context: {"number": "N1"})
    ext = io([("=level", "grade"), ("=path.unit", "unit.code")])
    driver = Driver(
        definition([start(), service("S", "calc", ext), end()], chain("s", "S", "e")),
        host,
        {"level": 3, "path": {"unit": "DW-1"}},
    )

    element, inputs, context = host.performed[0]
    assert (element, inputs) == ("S", {"grade": 3, "unit": {"code": "DW-1"}})
    assert context["level"] == 3
    assert driver.variables["number"] == "N1"


def test_background_work_waits_until_it_is_finished() -> None:
    host = RecordingHost(print=lambda context: Waiting())
    driver = Driver(
        definition([start(), service("S", "print"), user("A"), end()], chain("s", "S", "A", "e")),
        host,
    )

    assert driver.waiting() == ["S"]
    assert driver.named("S").waits_for == "service"
    driver.finish("S", file="x.pdf")
    assert driver.open() == ["A"]
    assert driver.variables["file"] == "x.pdf"
    assert len(host.performed) == 1


def test_boundary_timer_interrupts_background_work() -> None:
    host = RecordingHost(print=lambda context: Waiting())
    parts = [start(), service("S", "print"), boundary("t", "S", timer("P1D")), user("A"), end()]
    driver = Driver(definition(parts, [*chain("s", "S", "e"), ("t", "A"), ("A", "e")]), host)

    driver.fire("t")

    assert (driver.open(), driver.waiting()) == (["A"], [])


def test_send_task_and_rule_task_with_a_task_type_are_operations() -> None:
    kind = '<zeebe:taskDefinition type="go"/>'
    host = RecordingHost(go=lambda context: {"n": context.get("n", 0) + 1})
    parts = [el(tag, tag, kind) for tag in ("sendTask", "businessRuleTask", "scriptTask")]
    names = ("sendTask", "businessRuleTask", "scriptTask")
    driver = Driver(definition([start(), *parts, end()], chain("s", *names, "e")), host)

    assert driver.variables == {"n": 3}


def test_script_and_rule_task_write_their_result_variable() -> None:
    host = RecordingHost()
    host.decisions["route"] = lambda context: {"level": context["double"]}
    script = el("scriptTask", "S", '<zeebe:script expression="=n * 2" resultVariable="double"/>')
    rule = el(
        "businessRuleTask", "R", '<zeebe:calledDecision decisionId="route" resultVariable="r"/>'
    )
    parts = [start(), script, rule, end()]
    driver = Driver(definition(parts, chain("s", "S", "R", "e")), host, {"n": 4})

    assert driver.variables == {"n": 4, "double": 8, "r": {"level": 8}}


def exclusive(**variables: object) -> Driver:
    parts = [start(), gateway("exclusive", "X", default="X__C"), *map(user, "ABC"), end()]
    flows = [("s", "X"), ("X", "A", "=n > 10"), ("X", "B", "=n > 5"), ("X", "C")]
    return Driver(definition(parts, [*flows, ("A", "e"), ("B", "e"), ("C", "e")]), None, variables)


@pytest.mark.parametrize(("n", "taken"), [(20, "A"), (7, "B"), (1, "C")])
def test_exclusive_gateway_takes_the_first_true_flow_else_the_default(n: int, taken: str) -> None:
    driver = exclusive(n=n)

    assert driver.open() == [taken]
    assert driver.run.taken_flows == ("s__X", f"X__{taken}")


def test_gateway_asks_for_all_conditions_in_one_call() -> None:
    assert exclusive(n=1).host.evaluations == [("X", "conditions", ("=n > 10", "=n > 5"))]


def test_condition_that_is_not_boolean_is_an_error_with_expression_and_value() -> None:
    with pytest.raises(WrongValue) as caught:
        exclusive(n=None)

    assert caught.value.code == "core.condition_not_boolean"
    assert caught.value.fields == {"element": "X", "expression": "=n > 10", "value": "null"}


def test_gateway_without_true_flow_and_default_is_an_error() -> None:
    parts = [start(), gateway("exclusive", "X"), user("A"), user("B"), end()]
    flows = [("s", "X"), ("X", "A", "=false"), ("X", "B", "=false"), ("A", "e"), ("B", "e")]

    with pytest.raises(NoWayOut):
        Driver(definition(parts, flows))


def fork(kind: str, *branches: tuple[str, str]) -> Driver:
    """s → fork → branches of one user task → join → Z."""
    drawn = [start(), gateway(kind, "F"), gateway(kind, "J"), user("Z"), end()]
    flows: list[tuple[str, ...]] = [("s", "F"), ("J", "Z"), ("Z", "e")]
    for name, condition in branches:
        drawn.append(user(name))
        flows += [("F", name, condition) if condition else ("F", name), (name, "J")]
    return Driver(definition(drawn, flows))


def test_parallel_join_waits_for_every_branch() -> None:
    driver = fork("parallel", ("A", ""), ("B", ""), ("C", ""))

    driver.complete("B").complete("A")

    assert driver.open() == ["C"]
    assert [t.element.id for t in driver.run.tokens() if t.waits_for == "join"] == ["J"]
    assert driver.complete("C").open() == ["Z"]


def test_inclusive_join_waits_for_the_branches_taken() -> None:
    driver = fork("inclusive", ("A", "=true"), ("B", "=true"), ("C", "=false"))

    assert driver.open() == ["A", "B"]
    assert driver.complete("A").open() == ["B"]
    assert driver.complete("B").open() == ["Z"]


def test_inclusive_fork_with_a_flow_straight_to_its_join_waits_for_the_other() -> None:
    parts = [start(), gateway("inclusive", "F"), user("A"), gateway("inclusive", "J"), end()]
    flows = [("s", "F"), ("F", "J", "=true"), ("F", "A", "=true"), ("A", "J"), ("J", "e")]
    driver = Driver(definition(parts, flows))

    assert not driver.run.completed
    driver.complete("A")
    assert driver.run.completed
    assert driver.host.done().count("J") == 1


def test_inclusive_join_goes_on_when_the_awaited_branch_ends_elsewhere() -> None:
    parts = [
        start(), gateway("inclusive", "F"), user("A"), user("B"),
        gateway("exclusive", "X", default="X__J"), gateway("inclusive", "J"), end("e2"), end(),
        user("Z"),
    ]  # fmt: skip
    flows = [
        ("s", "F"), ("F", "A", "=true"), ("F", "B", "=true"), ("A", "J"), ("B", "X"),
        ("X", "J"), ("X", "e2", "=stop"), ("J", "Z"), ("Z", "e"),
    ]  # fmt: skip
    driver = Driver(definition(parts, flows))

    driver.complete("A")
    assert driver.open() == ["B"]
    assert driver.complete("B", stop=True).open() == ["Z"]


def test_inclusive_gateway_takes_its_default_when_nothing_is_true() -> None:
    parts = [start(), gateway("inclusive", "F", default="F__B"), user("A"), user("B"), end()]
    flows = [("s", "F"), ("F", "A", "=false"), ("F", "B"), ("A", "e"), ("B", "e")]

    assert Driver(definition(parts, flows)).open() == ["B"]


def race() -> Driver:
    parts = [
        start(), gateway("eventBased", "G"), catch("m", on_message("reply")),
        catch("t", timer("P5D")), user("A"), user("B"), end(),
    ]  # fmt: skip
    flows = [("s", "G"), ("G", "m"), ("G", "t"), *chain("m", "A", "e"), *chain("t", "B", "e")]
    return Driver(definition(parts, flows, message("reply", "=no")), None, {"no": 7})


def test_first_event_behind_an_event_gateway_cancels_the_others() -> None:
    driver = race()
    assert driver.waiting() == ["m", "t"]

    driver.fire("t")

    assert (driver.open(), driver.waiting()) == (["B"], [])
    assert ("m", "cancelled") in driver.host.log
    assert driver.complete("B").run.completed


def test_message_event_hands_out_its_key_and_takes_variables() -> None:
    driver = race()
    assert driver.named("m").value == 7

    driver.fire("m", answer="yes")

    assert (driver.open(), driver.variables["answer"]) == (["A"], "yes")


def test_receive_task_waits_for_its_message() -> None:
    parts = [start(), el("receiveTask", "R", messageRef="reply"), end()]
    driver = Driver(definition(parts, chain("s", "R", "e"), message("reply")))

    assert driver.named("R").waits_for == "message"
    assert driver.fire("R").run.completed


def test_timer_value_is_evaluated_once_and_must_be_text() -> None:
    parts = [start(), catch("t", timer('="P" + string(n) + "D"')), end()]
    timed = definition(parts, chain("s", "t", "e"))

    driver = Driver(timed, None, {"n": 3})
    driver.again()
    assert driver.named("t").value == "P3D"
    assert len(driver.host.evaluations) == 1
    with pytest.raises(WrongValue) as caught:
        Driver(definition([start(), catch("t", timer("=n")), end()], chain("s", "t", "e")))
    assert caught.value.code == "core.timer_not_text"


def test_correlation_key_must_be_text_or_number() -> None:
    parts = [start(), catch("m", on_message("reply")), end()]

    with pytest.raises(WrongValue) as caught:
        Driver(definition(parts, chain("s", "m", "e"), message("reply", "=missing")))

    assert caught.value.code == "core.correlation_not_text"


@pytest.mark.parametrize(("chosen", "task"), [(None, "A"), ("s", "A"), ("m", "B"), ("t", "C")])
def test_the_host_chooses_the_start_event(chosen: str | None, task: str) -> None:
    parts = [
        start(), start("m", on_message("apply")), start("t", timer("R/P1D", "timeCycle")),
        *map(user, "ABC"), end(),
    ]  # fmt: skip
    flows = [*chain("s", "A", "e"), *chain("m", "B", "e"), *chain("t", "C", "e")]
    driver = Driver(definition(parts, flows, message("apply")), start=chosen)

    assert driver.open() == [task]
    assert driver.complete(task).run.completed


def test_terminate_end_ends_all_branches() -> None:
    parts = [start(), gateway("parallel", "F"), user("A"), user("B"), end("te", TERMINATE), end()]
    flows = [("s", "F"), ("F", "A"), ("F", "B"), ("A", "te"), ("B", "e")]
    driver = Driver(definition(parts, flows))

    assert driver.complete("A").run.completed
    assert driver.open() == []
    assert ("B", "cancelled") in driver.host.log


def test_terminate_end_inside_a_subprocess_ends_that_alone() -> None:
    inside = [
        start("ps"), gateway("parallel", "F"), user("A"), user("B"), end("te", TERMINATE),
        end("pe"),
    ]  # fmt: skip
    flows = [("ps", "F"), ("F", "A"), ("F", "B"), ("A", "te"), ("B", "pe")]
    parts = [start(), sub("P", inside, flows), user("Z"), end()]
    driver = Driver(definition(parts, chain("s", "P", "Z", "e")))

    assert driver.complete("A").open() == ["Z"]


def failing(code: str) -> RecordingHost:
    def fail(context: object) -> None:
        raise BpmnError(code, {"why": "no licence"})

    return RecordingHost(fail=fail)


def test_error_boundary_on_the_task_catches_its_code_and_variables() -> None:
    parts = [start(), service("S", "fail"), boundary("b", "S", on_error("er")), user("Fix"), end()]
    flows = [*chain("s", "S", "e"), *chain("b", "Fix", "e")]
    driver = Driver(definition(parts, flows, error("er", "E1")), failing("E1"))

    assert (driver.open(), driver.variables) == (["Fix"], {"why": "no licence"})
    assert ("S", "cancelled") in driver.host.log
    assert driver.complete("Fix").run.completed


def test_error_is_caught_through_call_activity_and_subprocess() -> None:
    inner = process(
        "q", [start("qs"), user("Q"), service("S", "fail"), end("qe")], chain("qs", "Q", "S", "qe")
    )
    inside = sub("P", [start("ps"), call("C", "q"), end("pe")], chain("ps", "C", "pe"))
    parts = [start(), inside, boundary("b", "P", on_error("er")), user("Fix"), end()]
    flows = [*chain("s", "P", "e"), *chain("b", "Fix", "e")]
    driver = Driver(definition(parts, flows, inner, error("er", "E1")), failing("E1"))

    driver.complete("Q")

    assert (driver.open(), len(driver.run.tokens())) == (["Fix"], 1)
    assert driver.complete("Fix").run.completed


def test_specific_code_wins_over_the_event_that_catches_all() -> None:
    parts = [
        start(), service("S", "fail"), boundary("all", "S", on_error()),
        boundary("one", "S", on_error("er")), user("A"), user("B"), end(),
    ]  # fmt: skip
    flows = [*chain("s", "S", "e"), *chain("all", "A", "e"), *chain("one", "B", "e")]
    model = definition(parts, flows, error("er", "E1"))

    assert Driver(model, failing("E1")).open() == ["B"]
    assert Driver(model, failing("E2")).open() == ["A"]


def test_error_end_event_is_caught_outside() -> None:
    inside = sub("P", [start("ps"), user("Q"), end("pe", on_error("er"))], chain("ps", "Q", "pe"))
    parts = [start(), inside, boundary("b", "P", on_error("er")), user("Fix"), end()]
    flows = [*chain("s", "P", "e"), *chain("b", "Fix", "e")]
    driver = Driver(definition(parts, flows, error("er", "E1")))

    assert driver.complete("Q").open() == ["Fix"]


def test_uncaught_error_is_a_failure() -> None:
    parts = [start(), service("S", "fail"), end()]

    with pytest.raises(ErrorNotCaught) as caught:
        Driver(definition(parts, chain("s", "S", "e")), failing("E9"))

    assert caught.value.fields == {"element": "S", "error_code": "E9"}


def quorum(until: str, *, sequential: bool = False) -> Driver:
    many = each(
        "=people", "person", into="votes", result="=vote", until=until, sequential=sequential
    )
    parts = [start(), user("V", inner=many), user("Z"), end()]
    return Driver(definition(parts, chain("s", "V", "Z", "e")), None, {"people": list("abcde")})


@pytest.mark.parametrize(
    "until", ["=numberOfCompletedInstances >= 3", '=count(votes[item = "y"]) >= 3']
)
def test_quorum_of_three_of_five_ends_early_and_keeps_the_order(until: str) -> None:
    driver = quorum(until)
    assert driver.open() == ["V"] * 5

    for item in (2, 5):
        driver.complete("V", item, vote="y")
    assert driver.open() == ["V"] * 3
    driver.complete("V", 1, vote="y")

    assert driver.open() == ["Z"]
    assert driver.variables["votes"] == ["y", "y", None, None, "y"]
    assert driver.host.log.count(("V", "cancelled")) == 2


def test_sequential_items_come_one_after_the_other() -> None:
    driver = quorum("", sequential=True)

    seen = []
    for _ in range(5):
        assert driver.open() == ["V"]
        seen.append(driver.run.context(driver.named("V").id)["person"])
        driver.complete("V", vote=len(seen))

    assert (seen, driver.variables["votes"]) == (list("abcde"), [1, 2, 3, 4, 5])


def test_empty_collection_passes_at_once() -> None:
    many = each("=people", "p", into="out", result="=p")
    parts = [start(), user("V", inner=many), end()]
    driver = Driver(definition(parts, chain("s", "V", "e")), None, {"people": []})

    assert (driver.run.completed, driver.variables["out"]) == (True, [])


@pytest.mark.parametrize(
    ("people", "code"),
    [(None, "core.collection_not_list"), ([0] * 201, "core.too_many_items")],
)
def test_wrong_collections_are_errors(people: object, code: str) -> None:
    parts = [start(), user("V", inner=each("=people", "p")), end()]

    with pytest.raises(WrongValue) as caught:
        Driver(definition(parts, chain("s", "V", "e")), None, {"people": people})

    assert caught.value.code == code


def test_completion_condition_must_be_boolean() -> None:
    driver = quorum("=null")

    with pytest.raises(WrongValue) as caught:
        driver.complete("V")

    assert caught.value.code == "core.completion_not_boolean"


def test_item_sees_its_entry_in_its_input_mappings() -> None:
    ext = io([("=person", "assignee"), ("=loopCounter", "seat")])
    parts = [start(), user("V", ext, each("=people", "person")), end()]
    driver = Driver(definition(parts, chain("s", "V", "e")), None, {"people": ["a", "b"]})

    contexts = [driver.run.context(t.id) for t in driver.run.tokens()]
    assert [(c["assignee"], c["seat"]) for c in contexts] == [("a", 1), ("b", 2)]


def test_tokens_name_what_encloses_them() -> None:
    inner = process("q", [start("qs"), user("Q"), end("qe")], chain("qs", "Q", "qe"))
    inside = sub("P", [start("ps"), call("C", "q"), end("pe")], chain("ps", "C", "pe"))
    driver = Driver(definition([start(), inside, end()], chain("s", "P", "e"), inner))

    assert [e.id for e in driver.named("Q").enclosing] == ["P", "C"]


def test_history_is_told_in_order() -> None:
    parts = [start(), user("A"), boundary("t", "A", timer("P1D")), user("L"), end()]
    driver = Driver(definition(parts, [*chain("s", "A", "e"), *chain("t", "L", "e")]))

    driver.fire("t")

    assert driver.host.log[2:] == [
        ("A", "entered"), ("t", "entered"), ("t", "completed"), ("A", "cancelled"),
        ("L", "entered"),
    ]  # fmt: skip


def test_start_does_not_advance() -> None:
    model = definition([start(), user("A"), end()], chain("s", "A", "e"))
    run = Run.begin(model, RecordingHost(), {})

    assert [(t.element.id, t.waits_for) for t in run.tokens()] == [("s", "engine")]
