"""Sending a case back: what is taken away, what is opened again, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.engine.spiff import CannotReturn, Definition, Run
from spiff_diagrams import (
    boundary,
    call,
    chain,
    definition,
    each,
    el,
    end,
    gateway,
    io,
    process,
    start,
    sub,
    timer,
    user,
)
from spiff_host import Driver


def props(**properties: str) -> str:
    """The properties of a task."""
    drawn = "".join(
        f'<zeebe:property name="{name}" value="{value}"/>' for name, value in properties.items()
    )
    return f"<zeebe:properties>{drawn}</zeebe:properties>"


RETURNS = props(mayReturnTo="")


class Traveller(Driver):
    """A driver that remembers where each task ran, as the table of tasks does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes: dict[str, str] = {}

    def complete(self, element: str, item: int | None = None, **variables: Any) -> Driver:
        self.scopes[element] = self.named(element, item).scope
        return super().complete(element, item, **variables)

    def back(self, element: str, to: str, *, stand: bool = False, straight: bool = False) -> None:
        self.again()
        token = self.named(element)
        self.run.send_back(token.id, to, self.scopes[to], stand=stand, straight=straight)
        self.again()
        self.run.advance()
        self.again()

    def again_scopes(self) -> list[str]:
        """The scopes that are stored."""
        return list(json.loads(self.run.snapshot())["scopes"])

    def refused(self, element: str, to: str, scope: str = "root", *, stand: bool = False) -> str:
        with pytest.raises(CannotReturn) as refused:
            self.run.send_back(self.named(element).id, to, self.scopes.get(to, scope), stand=stand)
        return refused.value.reason


def line(*names: str) -> Definition:
    """Tasks one after the other."""
    return definition([start(), *map(user, names), end()], chain("s", *names, "e"))


def test_case_goes_back_and_the_path_runs_forward_again() -> None:
    driver = Traveller(line("A", "B", "C"))
    driver.complete("A", n=1).complete("B")

    driver.back("C", "A")

    assert driver.open() == ["A"]
    assert ("C", "returned") in driver.host.log
    assert driver.named("A").sent_back_by is not None
    driver.complete("A", n=2).complete("B").complete("C")
    assert driver.run.completed
    assert driver.variables == {"n": 2}


def test_corrected_task_may_lead_straight_back() -> None:
    driver = Traveller(line("A", "B", "C"))
    driver.complete("A").complete("B")

    driver.back("C", "A", straight=True)

    assert driver.complete("A").open() == ["C"]
    assert driver.complete("C").run.completed


def test_only_steps_before_can_be_gone_back_to() -> None:
    driver = Traveller(line("A", "B", "C"))
    driver.complete("A")

    assert driver.refused("B", "C") == "return_not_upstream"
    assert driver.refused("B", "B") == "return_not_upstream"
    assert driver.open() == ["B"]


FORK = [
    (start(), user("A"), gateway("parallel", "F"), user("B"), user("C")),
    (gateway("parallel", "J"), user("D"), end()),
]
FORKED = definition(
    [part for parts in FORK for part in parts],
    [*chain("s", "A", "F", "B", "J", "D", "e"), ("F", "C"), ("C", "J")],
)


@pytest.mark.parametrize("done", [[], ["C"]])
def test_return_out_of_a_branch_takes_the_others_back(done: list[str]) -> None:
    driver = Traveller(FORKED)
    driver.complete("A")
    for name in done:
        driver.complete(name)

    driver.back("B", "A")

    assert driver.open() == ["A"]
    assert [t.element.id for t in driver.run.tokens()] == ["A"]
    driver.complete("A").complete("B").complete("C").complete("D")
    assert driver.run.completed


def test_one_branch_of_a_finished_fork_is_not_gone_back_to() -> None:
    driver = Traveller(FORKED)
    driver.complete("A").complete("B").complete("C")

    assert driver.refused("D", "B") == "return_finished_fork"
    driver.back("D", "A")
    assert driver.open() == ["A"]


def test_other_branches_stand_when_the_designer_says_so() -> None:
    driver = Traveller(FORKED)
    driver.complete("A").complete("B").complete("C")

    driver.back("D", "B", stand=True)

    assert driver.open() == ["B"]
    assert driver.complete("B").open() == ["D"]
    assert driver.complete("D").run.completed


def test_branches_side_by_side_never_send_each_other_back() -> None:
    parts = [start(), gateway("exclusive", "M"), gateway("parallel", "F"), user("A"), user("B")]
    parts += [gateway("parallel", "J"), gateway("exclusive", "X", default="X__e"), end()]
    flows = [*chain("s", "M", "F", "A", "J", "X", "e"), ("F", "B"), ("B", "J"), ("X", "M", "=go")]
    driver = Traveller(definition(parts, flows))
    driver.complete("A")

    assert driver.refused("B", "A") == "return_finished_fork"
    assert driver.refused("B", "A", stand=True) == "return_finished_fork"


def test_branch_goes_back_within_itself_and_leaves_the_others_alone() -> None:
    parts = [start(), gateway("parallel", "F"), user("A"), user("B"), user("C"), user("D")]
    parts += [gateway("parallel", "J"), end()]
    flows = [*chain("s", "F", "A", "B", "J", "e"), *chain("F", "C", "D", "J")]
    driver = Traveller(definition(parts, flows))
    driver.complete("A").complete("C").complete("D")

    driver.back("B", "A")

    assert driver.open() == ["A"]
    assert driver.complete("A").complete("B").run.completed


def test_optional_step_in_a_branch_is_no_fork() -> None:
    parts = [start(), gateway("parallel", "F"), user("A"), user("B"), user("C")]
    parts += [gateway("exclusive", "X", default="X__B"), gateway("exclusive", "Y")]
    parts += [gateway("parallel", "J"), end()]
    flows = [*chain("s", "F", "A", "X", "B", "Y", "J", "e"), ("X", "Y", "=false")]
    driver = Traveller(definition(parts, [*flows, *chain("F", "C", "J")]))
    driver.complete("A").complete("C")

    driver.back("B", "A")

    assert driver.complete("A").complete("B").run.completed


def test_what_may_have_passed_an_outer_join_is_refused() -> None:
    parts = [start(), gateway("parallel", "F"), user("A"), gateway("parallel", "S"), user("R")]
    parts += [end("r"), user("K"), user("B"), gateway("parallel", "J"), end()]
    flows = [
        *chain("s", "F", "A", "S", "R", "r"),
        *chain("S", "K", "J", "e"),
        *chain("F", "B", "J"),
    ]
    driver = Traveller(definition(parts, flows))
    driver.complete("A").complete("B").complete("K")

    assert driver.refused("R", "A") == "return_unclear"


def _calling(returns: str = RETURNS) -> Definition:
    parts = [start(), user("A"), call("X", "q"), user("D", returns), end()]
    inner = process(
        "q", [start("qs"), user("B"), user("C"), end("qe")], chain("qs", "B", "C", "qe")
    )
    return definition(parts, chain("s", "A", "X", "D", "e"), inner)


def test_case_goes_back_out_of_a_call() -> None:
    driver = Traveller(_calling())
    driver.complete("A").complete("B")

    driver.back("C", "A")

    assert driver.open() == ["A"]
    assert set(driver.again_scopes()) == {"root"}
    driver.complete("A").complete("B").complete("C").complete("D")
    assert driver.run.completed


def test_ended_call_is_entered_again_with_its_variables() -> None:
    driver = Traveller(_calling(), variables={"n": 1})
    driver.complete("A").complete("B", found=7).complete("C")
    before = driver.scopes["B"]

    driver.back("D", "B")

    assert driver.open() == ["B"]
    assert driver.named("B").scope == before
    assert driver.run.context(driver.named("B").id) == {"n": 1, "found": 7}
    driver.complete("B", found=8).complete("C")
    assert driver.open() == ["D"]
    driver.back("D", "C")
    assert driver.run.context(driver.named("C").id)["found"] == 8
    driver.complete("C").complete("D")
    assert driver.run.completed


def test_ended_call_is_forgotten_when_nobody_may_go_back_into_it() -> None:
    driver = Traveller(_calling(""))
    driver.complete("A").complete("B").complete("C")

    assert "kept" not in driver.run.snapshot()
    assert driver.refused("D", "B") == "return_ended"


def test_ended_call_in_a_call_is_entered_again() -> None:
    parts = [start(), call("X", "q"), user("D", RETURNS), end()]
    deepest = sub("Y", [start("ys"), user("B"), end("ye")], chain("ys", "B", "ye"))
    inside = [start("qs"), deepest, user("C"), end("qe")]
    outer = process("q", inside, chain("qs", "Y", "C", "qe"))
    driver = Traveller(definition(parts, chain("s", "X", "D", "e"), outer))
    driver.complete("B", b=1).complete("C")

    driver.back("D", "B")

    assert driver.open() == ["B"]
    assert [e.id for e in driver.named("B").enclosing] == ["X", "Y"]
    driver.complete("B").complete("C").complete("D")
    assert driver.run.completed


def test_one_branch_inside_an_ended_call_is_not_gone_back_to() -> None:
    inner = process("q", [start("qs"), gateway("parallel", "F"), user("B"), user("C"),
                    gateway("parallel", "J"), end("qe")],
                    [*chain("qs", "F", "B", "J", "qe"), *chain("F", "C", "J")])  # fmt: skip
    parts = [start(), call("X", "q"), user("D", props(mayReturnTo="B", otherBranches="stand"))]
    driver = Traveller(definition([*parts, end()], chain("s", "X", "D", "e"), inner))
    driver.complete("B").complete("C")

    assert driver.refused("D", "B") == "return_finished_fork"
    driver.back("D", "B", stand=True)
    assert driver.complete("B").complete("D").run.completed


def test_new_run_of_a_call_replaces_what_was_kept() -> None:
    driver = Traveller(_calling())
    driver.complete("A").complete("B").complete("C")
    old = driver.scopes["B"]
    driver.back("D", "A")

    driver.complete("A").complete("B").complete("C")

    assert old not in driver.run.snapshot()
    driver.back("D", "B")
    assert driver.open() == ["B"]


def test_item_of_several_goes_back_before_all_of_them() -> None:
    parts = [start(), user("A"), user("M", inner=each("=people")), end()]
    driver = Traveller(definition(parts, chain("s", "A", "M", "e")), variables={"people": [1, 2]})
    driver.complete("A").complete("M", 1)

    driver.back("M", "A")

    assert driver.open() == ["A"]
    assert driver.refused("A", "M") == "return_ended"
    assert driver.complete("A").open() == ["M", "M"]


def test_task_done_by_several_is_no_target() -> None:
    parts = [start(), user("M", inner=each("=people")), user("A"), end()]
    driver = Traveller(definition(parts, chain("s", "M", "A", "e")), variables={"people": [1]})
    driver.complete("M", 1)

    assert driver.refused("A", "M", "root") == "return_ended"
    driver.scopes["M"] = "root"
    assert driver.refused("A", "M") == "return_several"


def test_events_of_the_returning_task_go_and_those_of_the_target_come() -> None:
    parts = [start(), user("A"), boundary("a", "A", timer("P1D"), interrupting=False), end("ae")]
    parts += [user("B"), boundary("b", "B", timer("P2D"), interrupting=False), user("L"), end()]
    parts += [end("le")]
    flows = [*chain("s", "A", "B", "e"), ("a", "ae"), *chain("b", "L", "le")]
    driver = Traveller(definition(parts, flows))
    driver.complete("A").fire("b")
    assert (driver.open(), driver.waiting()) == (["B", "L"], [])

    driver.back("B", "A")

    assert (driver.open(), driver.waiting()) == (["A"], ["a"])


def test_failing_return_is_tried_again() -> None:
    parts = [start(), user("A", io(inputs=[("=1 / ready", "n")])), user("B"), end()]
    driver = Traveller(definition(parts, chain("s", "A", "B", "e")), None, {"ready": 1})
    driver.complete("A")
    driver.run.set_variables({"ready": 0})
    driver.run.send_back(driver.named("B").id, "A", "root")

    [failure] = driver.run.advance_carefully()
    driver.again()
    assert [t.element.id for t in driver.run.tokens() if t.failed] == ["B"]
    driver.run.set_variables({"ready": 1})
    driver.run.retry(failure.token_id)
    driver.run.advance()

    assert driver.open() == ["A"]


def test_cancelled_run_has_no_tokens_and_asks_nothing() -> None:
    driver = Traveller(FORKED)
    driver.complete("A")
    asked = len(driver.host.evaluations)

    driver.run.cancel()

    restored = Run.restore(FORKED, driver.host, driver.run.snapshot())
    assert restored.completed
    assert restored.tokens() == []
    assert len(driver.host.evaluations) == asked
    assert [name for name, what in driver.host.log if what == "cancelled"] == ["B", "C"]


def test_plain_step_may_stand_between() -> None:
    parts = [start(), user("A"), el("task", "P"), user("B"), end()]
    driver = Traveller(definition(parts, chain("s", "A", "P", "B", "e")))
    driver.complete("A")

    driver.back("B", "A")

    assert driver.complete("A").complete("B").run.completed


@pytest.mark.parametrize("host", ["task", "sub-process"])
def test_return_from_an_events_own_branch_takes_what_the_event_sits_on(host: str) -> None:
    """Else the task would go on beside the case that runs forward again, and everything twice."""
    inside = sub("B", [start("ps"), user("I"), end("pe")], chain("ps", "I", "pe"))
    on = boundary("t", "B", timer("P1D"), interrupting=False)
    parts = [start(), user("A"), user("B") if host == "task" else inside, on, user("L"), user("C")]
    flows = [*chain("s", "A", "B", "C", "e"), *chain("t", "L", "e2")]
    driver = Traveller(definition([*parts, end(), end("e2")], flows))
    driver.complete("A").fire("t")

    driver.back("L", "A")

    assert (driver.open(), driver.waiting()) == (["A"], [])
    driver.complete("A")
    assert driver.open() == ["B" if host == "task" else "I"]
