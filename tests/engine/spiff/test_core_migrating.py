"""Putting a run into another drawing: what stands in the way, is passed over, or begins to wait."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.engine.spiff import Correspondence, Definition, Passage, Run, Waiting
from spiff_diagrams import (
    FlowEnds,
    boundary,
    call,
    catch,
    chain,
    definition,
    each,
    end,
    error,
    gateway,
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

SPLIT = [("s", "f"), ("f", "a"), ("f", "b"), ("a", "j"), ("b", "j"), ("j", "e")]


def line(*names: str) -> Definition:
    """A straight line of user tasks."""
    return definition([start(), end(), *map(user, names)], chain("s", *names, "e"))


def fork(
    flows: Sequence[FlowEnds], *more: str, kind: str = "parallel", tasks: str = "ab"
) -> Definition:
    gateways = [gateway(kind, "f"), gateway(kind, "j")]
    return definition([start(), end(), *gateways, *map(user, tasks), *more], flows)


def passage(
    driver: Driver, new: Definition, sent_to: dict[str, str] | None = None, **renamed: str
) -> Passage:
    driver.again()
    given = Correspondence(renamed, sent_to or {})
    return driver.run.passage_to(new, given, frozenset(driver.host.done()))


def moved(driver: Driver, new: Definition, found: Passage) -> Driver:
    """Let a driver go on by the new drawing."""
    assert found.obstacles == ()
    driver.definition = new
    driver.run = Run.arrive(new, driver.host, found)
    driver.run.advance()
    return driver


def codes(found: Passage) -> list[tuple[str, str]]:
    return [(obstacle.code, obstacle.element.id) for obstacle in found.obstacles]


def names(found: Passage) -> list[str]:
    return [element.id for element in found.skipped]


# Skipped steps


def test_step_inserted_before_the_token_is_skipped_and_one_behind_it_is_not() -> None:
    driver = Driver(line("a", "b")).complete("a")

    assert names(passage(driver, line("a", "x", "b"))) == ["x"]
    assert names(passage(driver, line("x", "a", "b"))) == ["x"]
    assert names(passage(driver, line("a", "b", "x"))) == []
    assert names(passage(driver, line("a", "x", "y", "b"))) == ["x", "y"]


def test_swapped_steps_are_skipped_or_done_again() -> None:
    first, second = Driver(line("a", "b", "c")), Driver(line("a", "b", "c")).complete("a")
    swapped = line("b", "a", "c")

    assert names(passage(first, swapped)) == ["b"]
    found = passage(second, swapped)
    assert (names(found), [e.id for e in found.repeated]) == ([], ["a"])


def test_new_step_in_a_branch_that_was_not_taken_is_not_skipped() -> None:
    def choice(*inserted: str) -> Definition:
        gateways = [gateway("exclusive", "x", default="x__b"), gateway("exclusive", "y")]
        flows: list[FlowEnds] = [("s", "x"), ("x", "a", "=go"), ("x", "b"), ("b", "y"), ("c", "e")]
        flows += [*chain("a", *inserted, "y"), ("y", "c")]
        tasks = map(user, ["a", "b", "c", *inserted])
        return definition([start(), end(), *gateways, *tasks], flows)

    driver = Driver(choice(), variables={"go": False}).complete("b")

    assert names(passage(driver, choice("n"))) == []
    taken = Driver(choice(), variables={"go": True}).complete("a")
    assert names(passage(taken, choice("n"))) == ["n"]


def test_step_that_the_loop_comes_to_again_is_not_skipped() -> None:
    def loop(*inside: str) -> Definition:
        gateways = [gateway("exclusive", "m"), gateway("exclusive", "x", default="x__z")]
        flows: list[FlowEnds] = [*chain("s", "m", *inside, "x"), ("x", "m", "=go"), ("x", "z")]
        return definition(
            [start(), end(), *gateways, *map(user, [*inside, "z"])], [*flows, ("z", "e")]
        )

    again = Driver(loop("a")).complete("a", go=True)
    out = Driver(loop("a")).complete("a", go=False)

    assert names(passage(again, loop("a", "n"))) == []
    assert names(passage(out, loop("a", "n"))) == ["n"]


def test_new_step_of_a_branch_that_has_arrived_is_skipped_and_of_the_other_is_not() -> None:
    driver = Driver(fork(SPLIT)).complete("a")
    behind_a = [*SPLIT[:3], ("a", "n"), ("n", "j"), *SPLIT[4:]]
    behind_b = [*SPLIT[:4], ("b", "n"), ("n", "j"), SPLIT[5]]

    assert names(passage(driver, fork(behind_a, tasks="abn"))) == ["n"]
    assert names(passage(driver, fork(behind_b, tasks="abn"))) == []


def test_new_step_inside_a_body_that_has_ended_is_skipped() -> None:
    def outer(*inside: str) -> Definition:
        body = sub("p1", [start("ps"), end("pe"), *map(user, inside)], chain("ps", *inside, "pe"))
        return definition([start(), end(), body, user("b")], chain("s", "p1", "b", "e"))

    ended, running = Driver(outer("a")).complete("a"), Driver(outer("a"))

    assert names(passage(ended, outer("a", "n"))) == ["n"]
    assert names(passage(running, outer("a", "n"))) == []


def test_step_before_an_interrupted_activity_is_skipped_too() -> None:
    def guarded(*before: str) -> Definition:
        elements = [start(), end(), end("e2"), *map(user, [*before, "a", "late"])]
        flows = [*chain("s", *before, "a", "e"), ("be", "late"), ("late", "e2")]
        return definition([*elements, boundary("be", "a", timer("P1D"))], flows)

    driver = Driver(guarded()).fire("be")

    assert names(passage(driver, guarded("n"))) == ["n"]


# Obstacles


def test_element_gone_renamed_or_of_another_kind() -> None:
    driver = Driver(line("a", "b"))
    other = definition([start(), end(), service("a", "work"), user("b")], chain("s", "a", "b", "e"))

    assert codes(passage(driver, line("b"))) == [("gone", "a")]
    assert codes(passage(driver, other)) == [("kind", "a")]
    renamed = passage(driver, line("c", "b"), a="c")
    assert moved(driver, line("c", "b"), renamed).open() == ["c"]


def test_step_moved_into_a_sub_process_or_a_called_one() -> None:
    driver = Driver(line("a"))
    body = sub("p1", [start("ps"), end("pe"), user("a")], chain("ps", "a", "pe"))
    inside = definition([start(), end(), body], chain("s", "p1", "e"))
    called = definition(
        [start(), end(), call("c", "q")], chain("s", "c", "e"),
        process("q", [start("qs"), end("qe"), user("a")], chain("qs", "a", "qe")),
    )  # fmt: skip

    assert codes(passage(driver, inside)) == [("level", "a")]
    assert codes(passage(driver, called)) == [("level", "a")]
    assert codes(passage(Driver(inside), line("a"))) == [("gone", "p1")]
    assert codes(passage(Driver(called), called)) == []


def test_multi_instance_must_be_written_alike() -> None:
    def many(inner: str) -> Definition:
        return definition([start(), end(), user("a", inner=inner)], chain("s", "a", "e"))

    driver = Driver(many(each("=people", "x")), variables={"people": [1, 2, 3]}).complete("a", 1)

    assert {code for code, _ in codes(passage(driver, line("a")))} == {"loop"}
    sequential = many(each("=people", "x", sequential=True))
    assert {code for code, _ in codes(passage(driver, sequential))} == {"loop"}
    assert codes(passage(Driver(line("a")), many(each("=people", "x")))) == [("loop", "a")]
    quorum = many(each("=people", "x", until="=numberOfCompletedInstances >= 2"))
    after = moved(driver, quorum, passage(driver, quorum)).complete("a", 2)
    assert after.run.completed


def test_steps_side_by_side_must_stay_so() -> None:
    driver = Driver(fork(SPLIT))

    found = passage(driver, line("a", "b"))

    assert [code for code, _ in codes(found)] == ["sides"]


def test_step_moved_before_the_fork_would_run_the_other_branch_twice() -> None:
    driver = Driver(fork([("s", "c"), ("c", "f"), *SPLIT[1:]], tasks="abc")).complete("c")
    swapped = [("s", "a"), ("a", "f"), ("f", "c"), ("f", "b"), ("c", "j"), ("b", "j"), ("j", "e")]

    assert [code for code, _ in codes(passage(driver, fork(swapped, tasks="abc")))] == ["sides"]


def test_join_that_would_wait_for_ever() -> None:
    assert codes(passage(Driver(line("a")), fork(SPLIT))) == [("starves", "a")]


def test_branch_that_was_added_to_a_running_fork_starves_its_join() -> None:
    wider = [*SPLIT, ("f", "n"), ("n", "j")]

    assert [c for c, _ in codes(passage(Driver(fork(SPLIT)), fork(wider, tasks="abn")))] == [
        "starves"
    ]


def inclusive(*branches: str) -> Definition:
    flows = [flow for name in branches for flow in (("f", name, "=true"), (name, "j"))]
    return fork([("s", "f"), *flows, ("j", "e")], kind="inclusive", tasks="".join(branches))


def test_branch_added_to_a_fork_that_was_passed_is_skipped_not_silently() -> None:
    driver, new = Driver(inclusive("a", "b")), inclusive("a", "b", "n")

    found = passage(driver, new)

    assert names(found) == ["n"]
    assert moved(driver, new, found).complete("a").complete("b").run.completed
    own_end = [*SPLIT, ("f", "n"), ("n", "e2")]
    assert names(passage(Driver(fork(SPLIT)), fork(own_end, end("e2"), tasks="abn"))) == ["n"]
    ahead = fork([("s", "c"), ("c", "f"), *own_end[1:]], end("e2"), tasks="abcn")
    before = fork([("s", "c"), ("c", "f"), *SPLIT[1:]], tasks="abc")
    assert names(passage(Driver(before), ahead)) == []


def test_arrived_branch_finds_its_flow_again_or_blocks() -> None:
    driver = Driver(fork(SPLIT)).complete("a")
    named = [*SPLIT[:3], ("a", "j"), ("b", "j"), SPLIT[5]]
    gone = line("b")

    same = passage(driver, fork(named))
    assert moved(driver, fork(named), same).complete("b").run.completed
    other = Driver(fork(SPLIT)).complete("a")
    assert ("gone", "j") in codes(passage(other, gone))
    removed = [*SPLIT[:1], ("f", "b"), ("b", "j"), SPLIT[5]]  # the branch of `a` is drawn no more
    blocked = definition(
        [start(), end(), gateway("parallel", "f"), gateway("parallel", "j"), user("b")], removed
    )
    assert [code for code, _ in codes(passage(other, blocked))] == ["join"]


def test_background_work_and_failed_steps_block() -> None:
    def drawn(kind: str) -> Definition:
        return definition([start(), end(), service("a", kind)], chain("s", "a", "e"))

    host = RecordingHost(print=lambda context: Waiting(), fold=lambda context: Waiting())
    driver = Driver(drawn("print"), host)

    assert codes(passage(driver, drawn("fold"))) == [("work", "a")]
    assert codes(passage(driver, drawn("print"))) == []
    driver.run.fail(driver.run.tokens()[0].id)
    assert codes(passage(driver, drawn("print"))) == [("trouble", "a")]


# Events


def drawn_with(*events: str) -> Definition:
    """A task with events on it, each of which ends on its own."""
    ids = [event.split('id="')[1].split('"')[0] for event in events]
    ends = [end(f"end_{name}") for name in ids]
    flows = [*chain("s", "a", "e"), *((name, f"end_{name}") for name in ids)]
    return definition(
        [start(), end(), user("a"), *events, *ends], flows, message("m", "=1"), error("err", "E")
    )


ONCE = boundary("once", "a", timer("P1D"), interrupting=False)


def test_reminder_that_fired_is_not_armed_again_and_a_new_one_is() -> None:
    driver = Driver(drawn_with(ONCE)).fire("once")
    assert driver.waiting() == []
    new = drawn_with(ONCE, boundary("more", "a", timer("P2D"), interrupting=False))

    found = passage(driver, new)

    assert [event for _, event in found.armed] == ["more"]
    assert moved(driver, new, found).waiting() == ["more"]


def test_event_of_another_kind_ends_and_the_new_one_begins() -> None:
    driver = Driver(drawn_with(ONCE))
    new = drawn_with(boundary("once", "a", on_message("m"), interrupting=False))

    found = passage(driver, new)

    assert [token.element.id for token in found.left] == ["once"]
    after = moved(driver, new, found)
    assert [t.waits_for for t in after.run.tokens() if t.element.id == "once"] == ["message"]


def test_error_event_catches_after_it_was_added() -> None:
    def work(*events: str) -> Definition:
        flows = (
            [*chain("s", "a", "e"), ("caught", "b"), ("b", "e2")]
            if events
            else chain("s", "a", "e")
        )
        more = [user("b"), end("e2"), *events] if events else []
        return definition([start(), end(), service("a", "w"), *more], flows, error("err", "E"))

    driver = Driver(work(), RecordingHost(w=lambda context: Waiting()))
    new = work(boundary("caught", "a", on_error("err")))

    after = moved(driver, new, passage(driver, new))

    assert after.run.catches(after.named("a").id, "E")


def race(*events: str) -> Definition:
    flows = [("s", "g"), *(("g", name) for name in events), *((name, "e") for name in events)]
    caught = [catch(name, timer("P1D")) for name in events]
    return definition([start(), end(), gateway("eventBased", "g"), *caught], flows)


def test_rivals_stay_rivals_with_one_more_and_one_less() -> None:
    driver = Driver(race("one", "two"))

    after = moved(driver, race("two", "three"), passage(driver, race("two", "three")))

    assert after.waiting() == ["three", "two"]
    after.fire("three")
    assert after.run.completed


def test_race_that_is_no_race_any_more_blocks() -> None:
    caught = [catch(name, timer("P1D")) for name in ("one", "two")]
    both = definition(
        [start(), end(), gateway("parallel", "g"), *caught],
        [("s", "g"), ("g", "one"), ("g", "two"), ("one", "e"), ("two", "e")],
    )

    assert [code for code, _ in codes(passage(Driver(race("one", "two")), both))] == ["rivals"]
    alone = definition([start(), end(), catch("one", timer("P1D"))], chain("s", "one", "e"))
    assert [code for code, _ in codes(passage(Driver(alone), race("one", "two")))] == ["rivals"]


# Going elsewhere


def test_token_sent_to_a_step_enters_it_and_ends_where_it_stood() -> None:
    driver = Driver(line("a", "b")).complete("a")
    new = line("a", "x", "b")

    found = passage(driver, new, {"b": "x"})

    assert names(found) == []
    after = moved(driver, new, found)
    assert after.open() == ["x"]
    assert after.complete("x").complete("b").run.completed


@pytest.mark.parametrize("step", ["nowhere", "j"])
def test_token_is_not_sent_to_a_join_or_nowhere(step: str) -> None:
    driver = Driver(fork(SPLIT))

    assert codes(passage(driver, fork(SPLIT), {"a": step})) == [("nowhere", "a")]


def test_token_is_not_sent_out_of_its_branch() -> None:
    driver = Driver(fork(SPLIT))

    assert [code for code, _ in codes(passage(driver, fork(SPLIT), {"a": "f2"}))] == ["nowhere"]
    new = fork([*SPLIT[:5], ("j", "n"), ("n", "e")], tasks="abn")
    assert ("sides", "a") in codes(passage(driver, new, {"a": "n"}))


def test_ended_body_stays_open_for_returns_only_if_the_new_drawing_returns_there() -> None:
    back = '<zeebe:properties><zeebe:property name="mayReturnTo" value="a"/></zeebe:properties>'

    def drawn(ext: str) -> Definition:
        body = sub("p1", [start("ps"), end("pe"), user("a")], chain("ps", "a", "pe"))
        return definition([start(), end(), body, user("b", ext)], chain("s", "p1", "b", "e"))

    kept, forgotten = Driver(drawn(back)).complete("a"), Driver(drawn(back)).complete("a")

    assert '"kept"' in moved(kept, drawn(back), passage(kept, drawn(back))).run.snapshot()
    after = moved(forgotten, drawn(""), passage(forgotten, drawn("")))
    assert '"kept"' not in after.run.snapshot()
    after.again()
    assert after.complete("b").run.completed


def test_variables_of_every_scope_are_kept() -> None:
    inner = '<zeebe:ioMapping><zeebe:input source="=1 + 1" target="own"/></zeebe:ioMapping>'

    def drawn(*more: str) -> Definition:
        body = sub("p1", [start("ps"), end("pe"), user("a")], chain("ps", "a", "pe"), inner)
        return definition([start(), end(), body, *map(user, more)], chain("s", "p1", *more, "e"))

    driver = Driver(drawn(), variables={"case": 7})

    after = moved(driver, drawn("n"), passage(driver, drawn("n")))

    assert after.run.context(after.named("a").id) == {"case": 7, "own": 2}


def test_same_drawing_ahead_is_alike_and_a_change_inside_a_called_process_is_not() -> None:
    def drawn(*inside: str, before: str = "a") -> Definition:
        return definition(
            [start(), end(), user(before), user("b"), call("c", "q")],
            chain("s", before, "b", "c", "e"),
            process("q", [start("qs"), end("qe"), *map(user, inside)], chain("qs", *inside, "qe")),
        )

    driver = Driver(drawn("k")).complete("a")

    assert passage(driver, drawn("k", before="z")).alike
    assert not passage(driver, drawn("k", "l")).alike
