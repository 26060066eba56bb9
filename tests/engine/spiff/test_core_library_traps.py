"""The traps of SpiffWorkflow 3.2: each is pinned here, so that an upgrade cannot bring one back.

Each docstring says what the stock library does.
"""

from __future__ import annotations

import json
import logging
import time

import pytest

from app.engine.spiff import Run, TokenGone, load_definition
from app.engine.spiff.workflow import NoScripts
from app.errors import DefinitionError
from spiff_diagrams import (
    boundary,
    chain,
    definition,
    each,
    el,
    end,
    file,
    gateway,
    process,
    start,
    sub,
    timer,
    user,
)
from spiff_host import Driver, RecordingHost


def test_parallel_join_in_a_loop_does_not_fire_early_on_its_second_turn() -> None:
    """Stock: the finished tokens of the first turn satisfy the join of the second."""
    parts = [
        start(), gateway("exclusive", "M"), gateway("parallel", "F"), user("A"), user("B"),
        gateway("parallel", "J"), gateway("exclusive", "X", default="X__M"), end(),
    ]  # fmt: skip
    flows = [*chain("s", "M", "F", "A", "J", "X", "M"), *chain("F", "B", "J"), ("X", "e", "=ok")]
    driver = Driver(definition(parts, flows))

    driver.complete("A").complete("B", ok=False)
    assert driver.complete("B").open() == ["A"]
    assert driver.complete("A").open() == ["A", "B"]
    driver.complete("A", ok=True)
    assert driver.complete("B").run.completed


def test_surplus_token_stays_at_the_parallel_join() -> None:
    """Stock: surplus tokens are cancelled."""
    parts = [start(), gateway("parallel", "F"), gateway("exclusive", "M"), user("A"), user("B")]
    parts += [user("C"), gateway("parallel", "J"), user("Z"), end()]
    flows = [("s", "F"), ("F", "A"), ("F", "B"), ("F", "C"), ("A", "M"), ("B", "M"), ("M", "J")]
    driver = Driver(definition(parts, [*flows, ("C", "J"), *chain("J", "Z", "e")]))

    driver.complete("A").complete("B").complete("C")

    assert driver.open() == ["Z"]
    assert [t.element.id for t in driver.run.tokens() if t.waits_for == "join"] == ["J"]


def test_loop_of_user_tasks_lives_past_depth_1000() -> None:
    """Stock: the tree is walked to depth 1,000 only; the instance then claims to be completed."""
    parts = [start(), user("A"), gateway("exclusive", "X", default="X__A"), end()]
    driver = Driver(definition(parts, [*chain("s", "A", "X", "A"), ("X", "e", "=ok")]))

    for _ in range(1100):
        driver.run.complete(driver.named("A").id, {"ok": False})
        driver.run.advance()

    assert not driver.run.completed
    driver.run.complete(driver.named("A").id, {"ok": True})
    driver.run.advance()
    assert driver.run.completed


def test_plain_and_manual_tasks_do_not_wait_for_a_person() -> None:
    """Stock: `task` and `manualTask` are manual."""
    parts = [start(), el("task", "A"), el("manualTask", "B"), end()]

    assert Driver(definition(parts, chain("s", "A", "B", "e"))).run.completed


def test_quorum_sees_the_results_so_far() -> None:
    """Stock: a completion condition sees one item only, so "3 of 5" never comes true."""
    many = each("=p", "x", into="votes", result="=vote", until='=count(votes[item = "y"]) >= 3')
    parts = [start(), user("V", inner=many), end()]
    driver = Driver(definition(parts, chain("s", "V", "e")), None, {"p": [1, 2, 3, 4, 5]})

    driver.complete("V", 1, vote="y").complete("V", 2, vote="n").complete("V", 3, vote="y")
    assert not driver.run.completed
    assert driver.complete("V", 5, vote="y").run.completed


def test_interrupting_a_multi_instance_subprocess_leaves_the_instance_alive() -> None:
    """Stock: the insides of dropped items stay behind and kill the instance."""
    inside = sub(
        "V", [start("vs"), user("V1"), end("ve")], chain("vs", "V1", "ve"),
        inner=each("=p", "x"),
    )  # fmt: skip
    parts = [start(), inside, boundary("t", "V", timer("P5D")), user("L"), end()]
    model = definition(parts, [*chain("s", "V", "e"), *chain("t", "L", "e")])
    driver = Driver(model, None, {"p": [1, 2]})

    driver.fire("t")

    assert [t.element.id for t in driver.run.tokens()] == ["L"]
    assert driver.complete("L").run.completed


def test_variables_of_branches_are_not_merged_from_older_copies() -> None:
    """Stock: a join deep-merges its branches; a list comes back as it was when the branch began."""
    parts = [start(), gateway("parallel", "F"), user("A"), user("B"), gateway("parallel", "J")]
    flows = [*chain("s", "F", "A", "J", "e"), *chain("F", "B", "J")]
    driver = Driver(definition([*parts, end()], flows), None, {"list": [1, 2, 3], "flag": True})

    driver.complete("A", list=[9], flag=0).complete("B")

    assert driver.variables == {"list": [9], "flag": 0}
    assert driver.variables["flag"] is not False


def test_false_zero_and_decimals_survive_as_they_are() -> None:
    """Stock: a change from 0 to False, or 1 to 1.0, is lost between snapshots."""
    driver = Driver(definition([start(), user("A"), user("B"), end()], chain("s", "A", "B", "e")))

    driver.complete("A", x=0, y=1).complete("B", x=False, y=1.0)
    driver.again()

    assert json.dumps(driver.variables, sort_keys=True) == '{"x": false, "y": 1.0}'


def test_key_named_typename_does_no_harm() -> None:
    """Stock: a context with the key `typename` makes the instance unloadable."""
    driver = Driver(definition([start(), user("A"), user("B"), end()], chain("s", "A", "B", "e")))

    driver.complete("A", data={"typename": "datetime", "value": "x"})
    driver.again()

    assert driver.variables["data"] == {"typename": "datetime", "value": "x"}


def test_stored_state_is_never_evaluated() -> None:
    """Stock: state of version 1.1 runs `eval` on timer fields."""
    parts = [start(), el("intermediateCatchEvent", "t", inner=timer("P1D")), end()]
    driver = Driver(definition(parts, chain("s", "t", "e")))
    hostile = driver.run.snapshot().replace('"P1D"', json.dumps("__import__('os').abort()"))

    driver.run = Run.restore(driver.definition, driver.host, hostile)

    assert driver.named("t").value == "__import__('os').abort()"
    assert driver.fire("t").run.completed


def test_python_in_a_model_is_text_or_refused() -> None:
    """Stock: script tasks and conditions are Python with all of the machine in reach."""
    script = el("scriptTask", "X", inner="<bpmn:script>import os</bpmn:script>")
    content = file(process("p", [start(), script, end()], chain("s", "X", "e")))

    with pytest.raises(DefinitionError):
        load_definition({"p": content}, "p")
    with pytest.raises(RuntimeError):
        NoScripts().evaluate("anything")


def test_timers_never_look_at_the_clock() -> None:
    """Stock: an overdue timer fires by itself at the next refresh, by the machine's clock."""
    past = el("intermediateCatchEvent", "t", inner=timer("2001-01-01", "timeDate"))
    driver = Driver(definition([start(), past, end()], chain("s", "t", "e")))

    driver.again()
    driver.run.advance()

    assert driver.waiting() == ["t"]


def test_waiting_event_is_fired_by_token_not_by_name() -> None:
    """Stock: an event is thrown at everything that waits for its name, or raises if nobody does."""
    body = each("=p", "x")
    inner = [start("ps"), el("receiveTask", "R", messageRef="m"), end("pe")]
    inside = sub("P", inner, chain("ps", "R", "pe"), inner=body)
    model = definition(
        [start(), inside, end()], chain("s", "P", "e"), '<bpmn:message id="m" name="m"/>'
    )
    driver = Driver(model, None, {"p": [1, 2]})

    driver.fire("R")

    assert driver.waiting() == ["R"]


def test_event_gateway_leaves_the_events_their_definitions() -> None:
    """Stock: the gateway takes the definitions away from the events behind it."""
    parts = [start(), gateway("eventBased", "G"), user("A"), end()]
    parts += [
        el("intermediateCatchEvent", n, inner=timer(d)) for n, d in (("a", "P1D"), ("b", "P2D"))
    ]
    driver = Driver(definition(parts, [*chain("s", "G", "a", "A", "e"), *chain("G", "b", "e")]))

    assert {t.element.id: t.value for t in driver.run.tokens()} == {"a": "P1D", "b": "P2D"}


def test_completed_task_cannot_be_run_again() -> None:
    """Stock: calling `run` on a completed task is accepted."""
    driver = Driver(definition([start(), user("A"), user("B"), end()], chain("s", "A", "B", "e")))
    token = driver.named("A").id
    driver.complete("A")

    with pytest.raises(TokenGone):
        driver.run.complete(token)


def test_error_leaves_no_half_done_state_in_the_snapshot() -> None:
    """Stock: a failed step leaves the task in ERROR and the instance neither alive nor ended."""
    host = RecordingHost()
    work = el("serviceTask", "S", '<zeebe:taskDefinition type="missing"/>')
    model = definition([start(), work, end()], chain("s", "S", "e"))
    run = Run.begin(model, host, {})

    failures = run.advance_carefully()

    assert [f.element.id for f in failures] == ["S"]
    assert [(t.element.id, t.waits_for, t.failed) for t in run.tokens()] == [("S", "engine", True)]


def test_ending_in_an_untaken_join_does_not_complete_the_instance() -> None:
    """Stock: predicted tokens decide about the end; here only living tokens do."""
    parts = [start(), gateway("parallel", "F"), user("A"), end("e2"), user("B"), end()]
    driver = Driver(definition(parts, [*chain("s", "F", "A", "e2"), *chain("F", "B", "e")]))

    assert not driver.complete("A").run.completed
    assert driver.complete("B").run.completed


def test_several_starts_do_not_wait_for_each_other() -> None:
    """Stock: all start events wait side by side and are joined."""
    parts = [start(), start("t", timer("P1D")), user("A"), end()]
    driver = Driver(definition(parts, [*chain("s", "A", "e"), ("t", "A")]))

    assert [t.element.id for t in driver.run.tokens()] == ["A"]


def test_restoring_a_long_process_costs_nothing_for_its_length() -> None:
    """Stock: every restore predicts the path ahead."""
    names = [f"t{n}" for n in range(300)]
    model = definition([start(), user("A"), *(el("task", n) for n in names), end()],
                       chain("s", "A", *names, "e"))  # fmt: skip
    driver = Driver(model)
    text = driver.run.snapshot()

    began = time.perf_counter()
    for _ in range(100):
        Run.restore(model, driver.host, text)

    assert (time.perf_counter() - began) / 100 < 0.002


def test_library_logs_no_variables(caplog: pytest.LogCaptureFixture) -> None:
    """Stock: every change of state is logged with the token's data."""
    caplog.set_level(logging.DEBUG)
    driver = Driver(definition([start(), user("A"), end()], chain("s", "A", "e")))

    driver.complete("A", id_number="450200")

    assert [r for r in caplog.records if r.name.startswith("spiff")] == []


def test_subprocess_ids_are_unique_in_a_bundle() -> None:
    """Stock: two sub-processes of one id silently share one specification."""
    inside = sub("P", [start("ps"), end("pe")], chain("ps", "pe"))
    again = sub("P", [start("qs"), end("qe")], chain("qs", "qe"))
    one = file(process("p", [start(), inside, end()], chain("s", "P", "e")))
    two = file(process("q", [start("s2"), again, end("e2")], chain("s2", "P", "e2")))

    with pytest.raises(DefinitionError, match="repeated_id"):
        load_definition({"a": one, "b": two}, "p")


def test_drawing_position_does_not_decide_the_order_of_conditions() -> None:
    """Stock: flows are sorted by the height at which their targets are drawn."""
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{n}_di" bpmnElement="{n}">'
        f'<dc:Bounds x="0" y="{y}" width="1" height="1"/></bpmndi:BPMNShape>'
        for n, y in (("A", 900), ("B", 1))
    )
    diagram = (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
        ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="di">'
        f'<bpmndi:BPMNPlane id="pl" bpmnElement="p">{shapes}</bpmndi:BPMNPlane>'
        "</bpmndi:BPMNDiagram>"
    )
    parts = [start(), gateway("exclusive", "X"), user("A"), user("B"), end()]
    flows = [("s", "X"), ("X", "A", "=true"), ("X", "B", "=true"), ("A", "e"), ("B", "e")]

    assert Driver(definition(parts, flows, diagram)).open() == ["A"]
