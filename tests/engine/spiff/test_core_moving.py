"""An operator moves a token or repeats a step: what goes, what stays, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine.spiff import BpmnError, CannotMove, Definition, TokenNotWaiting, Waiting
from spiff_diagrams import (
    boundary,
    call,
    catch,
    chain,
    definition,
    each,
    end,
    error,
    gateway,
    on_error,
    process,
    service,
    start,
    sub,
    timer,
    user,
)
from spiff_host import Driver, RecordingHost


class Operator(Driver):
    """A driver that also moves and repeats."""

    def move(self, element: str, to: str, *, together: bool = False) -> list[str]:
        self.again()
        token = self.named(element)
        gone = self.run.plan_move(token.id, to, together=together)
        self.run.move(token.id, to, together=together)
        self.again()
        self.run.advance()
        self.again()
        return sorted(t.element.id for t in gone)

    def refused(self, element: str, to: str, *, together: bool = False) -> CannotMove:
        before = self.run.snapshot()
        with pytest.raises(CannotMove) as refused:
            self.run.plan_move(self.named(element).id, to, together=together)
        assert self.run.snapshot() == before
        return refused.value

    def repeat(self, element: str) -> None:
        self.again()
        self.run.repeat(element)
        self.again()
        self.run.advance()
        self.again()


def line(*names: str) -> Definition:
    return definition([start(), *map(user, names), end()], chain("s", *names, "e"))


def forked() -> Definition:
    """A, then B1-B2 beside C, joined before D."""
    elements = [start(), user("A"), gateway("parallel", "F"), user("B1"), user("B2"), user("C")]
    elements += [gateway("parallel", "J"), user("D"), end()]
    flows = [*chain("s", "A", "F", "B1", "B2", "J", "D", "e"), *chain("F", "C", "J")]
    return definition(elements, flows)


def test_token_goes_forward_and_backward_on_a_line() -> None:
    driver = Operator(line("A", "B", "C"))

    assert driver.move("A", "C") == ["A"]
    assert driver.open() == ["C"]
    driver.move("C", "B")
    driver.complete("B").complete("C")

    assert driver.run.completed
    assert ("A", "cancelled") in driver.host.log


def test_token_may_start_its_own_step_afresh() -> None:
    driver = Operator(line("A", "B"))
    before = driver.named("A").id

    driver.move("A", "A")

    assert driver.open() == ["A"]
    assert driver.named("A").id != before


def test_token_moves_within_its_branch_but_not_out_of_it_alone() -> None:
    driver = Operator(forked())
    driver.complete("A")
    driver.move("B1", "B2")

    refused = [driver.refused("B2", to).code for to in ("A", "F", "C", "D")]

    assert refused == ["core.move_out_of_branch"] * 4
    assert driver.refused("B2", "D").fields["other"] == "J"
    driver.complete("B2").complete("C").complete("D")
    assert driver.run.completed


@pytest.mark.parametrize("arrived", [False, True])
def test_all_branches_go_together(arrived: bool) -> None:
    driver = Operator(forked())
    driver.complete("A")
    if arrived:
        driver.complete("C")

    gone = driver.move("B1", "A", together=True)

    assert gone == ["B1", "J" if arrived else "C"]
    assert driver.open() == ["A"]
    driver.complete("A").complete("B1").complete("B2").complete("C").complete("D")
    assert driver.run.completed


def test_token_does_not_enter_a_branch_of_a_fork_that_was_not_taken() -> None:
    driver = Operator(forked())

    assert driver.refused("A", "C").code == "core.move_join_waits"
    driver.move("A", "F")

    assert driver.open() == ["B1", "C"]


def test_where_no_token_may_be_put_is_refused_with_what_to_do() -> None:
    elements = [start(), user("A"), boundary("B", "A", timer("P1D")), user("L")]
    elements += [gateway("eventBased", "G"), catch("W1", timer("P1D")), catch("W2", timer("P2D"))]
    elements += [gateway("exclusive", "Y"), end(), end("late")]
    flows = [
        *chain("s", "A", "G", "W1", "Y", "e"),
        *chain("G", "W2", "Y"),
        *chain("B", "L", "late"),
    ]
    driver = Operator(definition(elements, flows))

    codes = {to: driver.refused("A", to).code for to in ("s", "B", "W1")}

    assert codes == {
        "s": "core.move_to_start", "B": "core.move_to_boundary", "W1": "core.move_to_race",
    }  # fmt: skip
    assert driver.refused("A", "W1").fields["other"] == "G"
    assert driver.refused("A", "nowhere").code == "core.move_unknown"
    assert driver.refused("B", "L").code == "core.move_unknown"


def test_rivals_behind_an_event_gateway_go_together() -> None:
    elements = [start(), gateway("eventBased", "G"), catch("W1", timer("P1D"))]
    elements += [catch("W2", timer("P2D")), gateway("exclusive", "Y"), user("A"), end()]
    flows = [*chain("s", "G", "W1", "Y", "A", "e"), *chain("G", "W2", "Y")]
    driver = Operator(definition(elements, flows))

    assert driver.move("W1", "A") == ["W1", "W2"]

    assert (driver.open(), driver.waiting()) == (["A"], [])


def test_items_of_a_multi_instance_activity_go_together() -> None:
    many = user("M", inner=each("=people", "x"))
    driver = Operator(
        definition([start(), many, user("B"), end()], chain("s", "M", "B", "e")),
        variables={"people": ["a", "b", "c"]},
    )
    driver.complete("M", 1)

    driver.move("M", "B")

    assert driver.open() == ["B"]
    driver.complete("B")
    assert driver.run.completed


def test_token_leaves_an_inner_process_but_does_not_enter_one() -> None:
    inner = sub("S", [start("ss"), user("I"), user("K"), end("se")], chain("ss", "I", "K", "se"))
    driver = Operator(definition([start(), inner, user("B"), end()], chain("s", "S", "B", "e")))
    driver.move("I", "K")
    assert driver.move("K", "B") == ["K", "S"]

    assert driver.refused("B", "I").code == "core.move_other_level"
    driver.move("B", "S")

    assert driver.open() == ["I"]


def test_branch_beside_the_way_is_not_moved_onto_it() -> None:
    elements = [start(), user("A"), boundary("B", "A", timer("P1D"), interrupting=False)]
    elements += [user("R"), end("re"), user("C"), end()]
    driver = Operator(definition(elements, [*chain("s", "A", "C", "e"), *chain("B", "R", "re")]))
    driver.fire("B")

    assert driver.refused("R", "C").code == "core.move_twice"
    assert driver.refused("R", "A").fields["other"] == "A"
    driver.move("A", "C")

    assert driver.open() == ["C", "R"]


def test_failed_token_can_be_moved() -> None:
    host = RecordingHost(broken=lambda context: 1 / 0)
    elements = [start(), user("A"), service("S", "broken"), user("B"), end()]
    driver = Operator(definition(elements, chain("s", "A", "S", "B", "e")), host)
    driver.again()
    driver.run.complete(driver.named("A").id)
    assert len(driver.run.advance_carefully()) == 1

    driver.move("S", "B")

    assert driver.open() == ["B"]


def repeating(operation: Any) -> tuple[Operator, RecordingHost]:
    """A service task behind A, then B; an error of it would lead to L."""
    host = RecordingHost(count=operation)
    elements = [start(), user("A"), service("S", "count"), boundary("X", "S", on_error("bad"))]
    elements += [user("B"), user("L"), end(), end("le")]
    flows = [*chain("s", "A", "S", "B", "e"), *chain("X", "L", "le")]
    driver = Operator(definition(elements, flows, error("bad", "BAD")), host, {"n": 0})
    driver.complete("A")
    return driver, host


def test_step_runs_once_more_by_itself_and_writes_its_results() -> None:
    driver, host = repeating(lambda context: {"n": context["n"] + 1})

    driver.repeat("S")

    assert driver.variables["n"] == 2
    assert driver.open() == ["B"]
    assert host.done().count("S") == 2
    driver.complete("B")
    assert driver.run.completed


def test_error_of_a_repeated_step_takes_no_drawn_way() -> None:
    answers = iter([{"n": 1}])

    def work(context: Any) -> Any:
        for answer in answers:
            return answer
        raise BpmnError("BAD")

    driver, _ = repeating(work)
    driver.again()
    driver.run.repeat("S")

    [failure] = driver.run.advance_carefully()

    assert failure.element.id == "S"
    assert driver.open() == ["B"]


def test_only_automatic_steps_of_a_running_level_are_repeated() -> None:
    driver, _ = repeating(lambda context: {})
    inner = sub("S", [start("ss"), service("I", "count"), end("se")], chain("ss", "I", "se"))
    nested = Operator(
        definition([start(), inner, user("B"), end()], chain("s", "S", "B", "e")),
        RecordingHost(count=lambda context: {}),
    )

    with pytest.raises(CannotMove) as person:
        driver.run.repeat("A")
    with pytest.raises(CannotMove) as ended:
        nested.run.repeat("I")

    assert person.value.code == "core.repeat_not_possible"
    assert ended.value.code == "core.repeat_ended"


def test_repeated_step_is_not_moved_and_takes_no_part_in_a_join() -> None:
    driver, _ = repeating(lambda context: Waiting() if context["n"] else {"n": 1})
    driver.repeat("S")

    assert driver.waiting() == ["S"]
    assert driver.refused("S", "B").code == "core.move_unknown"
    with pytest.raises(CannotMove) as running:
        driver.run.repeat("S")
    assert running.value.code == "core.repeat_running"
    driver.finish("S", n=7)
    assert (driver.variables["n"], driver.open()) == (7, ["B"])
    with pytest.raises(TokenNotWaiting):
        driver.run.finish(driver.named("B").id)


def test_called_process_is_left_as_a_whole() -> None:
    called = process("q", [start("qs"), user("I"), end("qe")], chain("qs", "I", "qe"))
    driver = Operator(
        definition([start(), call("C", "q"), user("B"), end()], chain("s", "C", "B", "e"), called)
    )

    driver.move("I", "B")

    assert driver.open() == ["B"]
