"""Variables live in the scopes of Camunda 8, beside the tokens."""

from __future__ import annotations

import math

import pytest

from app.engine.spiff import NotPlain
from spiff_diagrams import (
    call,
    chain,
    definition,
    each,
    end,
    gateway,
    io,
    process,
    service,
    start,
    sub,
    user,
)
from spiff_host import Driver, RecordingHost


def one_task(ext: str, **variables: object) -> Driver:
    model = definition([start(), user("A", ext), end()], chain("s", "A", "e"))
    return Driver(model, None, variables)


def test_completion_variables_go_to_the_instance() -> None:
    assert one_task("").complete("A", note="x").variables == {"note": "x"}


def test_with_output_mappings_nothing_else_leaves() -> None:
    driver = one_task(io(outputs=[("=decision", "result")])).complete("A", decision="ok", note="x")

    assert driver.variables == {"result": "ok"}


def test_inputs_are_local_and_shadow() -> None:
    driver = one_task(io([("=level", "shown"), ("=1", "level")]), level="高级")

    assert driver.run.context(driver.named("A").id) == {"shown": "高级", "level": 1}
    driver.complete("A", level=2, fresh=3)
    assert driver.variables == {"level": "高级", "fresh": 3}


def test_dotted_output_keeps_the_rest_of_its_context() -> None:
    certificate = {"type": "t", "deep": {"a": 1}}
    driver = one_task(io(outputs=[("=n", "cert.no"), ("=n", "new.deep.no")]), cert=certificate)

    driver.complete("A", n="N1")

    assert driver.variables["cert"] == {"type": "t", "deep": {"a": 1}, "no": "N1"}
    assert driver.variables["new"] == {"deep": {"no": "N1"}}


def test_mappings_of_a_task_are_one_call_each_way() -> None:
    driver = one_task(io([("=a", "x"), ("=b", "y")], [("=x", "p"), ("=y", "q")]), a=1, b=2)
    driver.complete("A")

    assert driver.host.evaluations == [
        ("A", "inputs", ("=a", "=b")),
        ("A", "outputs", ("=x", "=y")),
    ]


def test_plain_texts_need_no_evaluation() -> None:
    driver = one_task(io([("fixed", "x")]))

    assert driver.run.context(driver.named("A").id) == {"x": "fixed"}
    assert driver.host.evaluations == []


def test_subprocess_declares_and_inner_tasks_write_to_the_nearest_scope() -> None:
    inside = sub(
        "P", [start("ps"), user("I"), end("pe")], chain("ps", "I", "pe"),
        io([("=base", "b")], [("=b + n", "sum")]),
    )  # fmt: skip
    driver = Driver(definition([start(), inside, end()], chain("s", "P", "e")), None, {"base": 5})

    driver.complete("I", b=6, n=3)

    assert driver.variables == {"base": 5, "n": 3, "sum": 9}


def called(ext: str = "", *, parent: bool = True, child: bool = False) -> Driver:
    inner = process("q", [start("qs"), user("Q"), end("qe")], chain("qs", "Q", "qe"))
    parts = [start(), call("C", "q", ext, parent=parent, child=child), user("Z"), end()]
    model = definition(parts, chain("s", "C", "Z", "e"), inner)
    return Driver(model, None, {"a": 1, "b": {"c": 2}})


def test_called_process_sees_copies_and_gives_nothing_back_unasked() -> None:
    driver = called()
    assert driver.run.context(driver.named("Q").id) == {"a": 1, "b": {"c": 2}}

    driver.complete("Q", a=9, fresh=1)

    assert driver.variables == {"a": 1, "b": {"c": 2}}


def test_called_process_without_propagation_sees_its_inputs_alone() -> None:
    driver = called(io([("=a", "x")]), parent=False)

    assert driver.run.context(driver.named("Q").id) == {"x": 1}


def test_called_process_gives_back_everything_or_what_is_mapped() -> None:
    assert called(child=True).complete("Q", a=9, f=1).variables == {"a": 9, "b": {"c": 2}, "f": 1}
    mapped = called(io(outputs=[("=f * 2", "twice")]), child=True).complete("Q", a=9, f=1)
    assert mapped.variables == {"a": 1, "b": {"c": 2}, "twice": 2}


def test_called_process_of_a_multi_instance_item_is_isolated_too() -> None:
    inner = process("q", [start("qs"), user("Q"), end("qe")], chain("qs", "Q", "qe"))
    many = each("=people", "person", into="out", result="=got")
    ext = io([("=person", "who")], [("=answer", "got")])
    parts = [start(), call("C", "q", ext, many, parent=False), end()]
    model = definition(parts, chain("s", "C", "e"), inner)
    driver = Driver(model, None, {"people": ["a", "b"], "secret": 1})

    first, second = [t for t in driver.run.tokens() if t.waits_for == "user"]
    own = {"loopCounter": 2, "person": "b", "who": "b", "got": None}
    assert driver.run.context(second.id) == own
    driver.run.complete(second.id, {"answer": "B", "secret": 2})
    driver.run.complete(first.id, {"answer": "A"})
    driver.run.advance()

    assert driver.variables == {"people": ["a", "b"], "secret": 1, "out": ["A", "B"]}


def test_parallel_branches_write_side_by_side() -> None:
    parts = [start(), gateway("parallel", "F"), user("A"), user("B"), gateway("parallel", "J")]
    flows = [("s", "F"), ("F", "A"), ("F", "B"), ("A", "J"), ("B", "J"), ("J", "e")]
    driver = Driver(definition([*parts, end()], flows), None, {"list": [1]})

    driver.complete("A", list=[1, 2], a=1).complete("B", b=2)

    assert driver.variables == {"list": [1, 2], "a": 1, "b": 2}


def test_operator_writes_variables() -> None:
    driver = one_task(io([("=1", "x")]), y=1)
    token = driver.named("A").id

    driver.run.set_variables({"x": 5, "y": 2}, token)
    driver.run.set_variables({"z": 3})

    assert driver.run.context(token) == {"x": 5, "y": 2, "z": 3}
    assert driver.variables == {"y": 2, "z": 3}


@pytest.mark.parametrize("value", [{1, 2}, object(), math.nan, b"x"])
def test_only_plain_json_becomes_a_variable(value: object) -> None:
    driver = one_task("")
    with pytest.raises(NotPlain):
        driver.complete("A", x=value)

    host = RecordingHost(bad=lambda context: {"x": value})
    model = definition([start(), service("S", "bad"), end()], chain("s", "S", "e"))
    with pytest.raises(NotPlain):
        Driver(model, host)


def test_variables_are_copies_of_what_was_handed_in() -> None:
    handed = {"list": [1]}
    driver = one_task("", **handed)

    handed["list"].append(2)

    assert driver.variables == {"list": [1]}
