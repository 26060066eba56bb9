"""Hostile stored states, and processes that would run away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from spiff_diagrams import call, chain, each, el, end, file, gateway, process, start, sub, user
from tests.faults.hostile.case import Case, fixed

GOOD: dict[str, Any] = {
    "version": 1,
    "process": "p",
    "completed": False,
    "tokens": [[None, [["t", "a", "ready", {}]]]],
    "scopes": {"root": {"up": None, "vars": {}}},
}


def state(**changed: Any) -> str:
    return json.dumps(GOOD | changed)


def token(*row: Any) -> str:
    return state(tokens=[[None, [list(row)]]])


def scopes(**changed: Any) -> str:
    return state(scopes={"root": {"up": None, "vars": {}}, **changed})


def tampered() -> dict[str, str]:
    return {
        "state of a future version": state(version=99),
        "state of version True": state(version=True),
        "state of version 1.1": state(version="1.1"),
        "state of SpiffWorkflow 1.1": json.dumps({"serializer_version": "1.1", "typename": "x"}),
        "state of another process": state(process="q"),
        "state without tokens": json.dumps({k: v for k, v in GOOD.items() if k != "tokens"}),
        "state without process": json.dumps({k: v for k, v in GOOD.items() if k != "process"}),
        "state with more": state(pickle="gASV"),
        "state is a list": "[1]",
        "state is no JSON": "{",
        "state is empty": "",
        "state with NaN": state().replace("{}", '{"x": NaN}'),
        "state completed as a text": state(completed="yes"),
        "state completed with tokens": state(completed=True),
        "tokens as a number": state(tokens=5),
        "tokens of one part": state(tokens=[[None]]),
        "token row of three": token("t", "a", "ready"),
        "token id as a list": token([1], "a", "ready", {}),
        "token of no element": token("t", "nobody", "ready", {}),
        "token of a list of elements": token("t", ["a"], "ready", {}),
        "token of an unknown state": token("t", "a", "COMPLETED", {}),
        "token with data as a list": token("t", "a", "ready", []),
        "token with unknown data": token("t", "a", "ready", {"__class__": "x"}),
        "token in a body that is gone": token("t", "a", "ready", {"body": "gone"}),
        "token on a host that is gone": token("t", "a", "ready", {"host": "gone"}),
        "token with acted as a text": token("t", "a", "ready", {"acted": "x"}),
        "token with result as a text": token("t", "a", "ready", {"result": "x"}),
        "two tokens of one id": state(tokens=[[None, [["t", "a", "ready", {}]] * 2]]),
        "inside of nobody": state(tokens=[[None, []], ["gone", []]]),
        "inside of a plain task": state(tokens=[[None, [["t", "a", "ready", {}]]], ["t", []]]),
        "scopes as a list": state(scopes=[]),
        "scopes without root": state(scopes={}),
        "scope in a ring": scopes(t={"up": "t", "vars": {}}),
        "scope under nobody": scopes(t={"up": "gone", "vars": {}}),
        "scope with variables as a list": scopes(t={"up": "root", "vars": [1]}),
        "scope without variables": scopes(t={"up": "root"}),
        "state of open brackets": "[" * 100_000,
        "state of deep variables": state().replace(
            '"vars": {}', '"vars": {"x":' + "[" * 900 + "]" * 900 + "}"
        ),
    }


def many_tokens() -> str:
    rows = [[f"t{n}", "a", "ready", {}] for n in range(100_000)]
    return state(tokens=[[None, rows]])


def large() -> str:
    return state(scopes={"root": {"up": None, "vars": {"x": "x" * 10_000_000}}})


Running = tuple[bytes, Mapping[str, Any]]


def looping(script: str = "", variable: str = "x") -> bytes:
    """A cycle without a wait state, whose task computes something."""
    task = el("task", "t")
    if script:
        computed = f'<zeebe:script expression="{script}" resultVariable="{variable}"/>'
        task = el("scriptTask", "t", computed)
    drawn = [start(), gateway("exclusive", "g", default="back"), task, end()]
    flows = [("s", "t"), ("t", "g"), ("g", "t", "", "back"), ("g", "e", "=false")]
    return file(process("p", drawn, flows))


def forking(width: int) -> bytes:
    """A gateway that sends several tokens back to itself."""
    tasks = [f"t{n}" for n in range(width)]
    drawn = [start(), el("task", "m"), gateway("parallel", "g"), *(el("task", n) for n in tasks)]
    flows = [*chain("s", "m", "g"), *(("g", n) for n in tasks), *((n, "m") for n in tasks)]
    return file(process("p", drawn, flows))


def many_items(collection: str, sequential: bool = False) -> bytes:
    drawn = [start(), el("task", "m", inner=each(collection, sequential=sequential)), end()]
    return file(process("p", drawn, chain("s", "m", "e")))


def items_of_items(depth: int) -> bytes:
    """Multi-instance sub-processes in each other: 100 to the power of the depth."""
    inside, flows = [start("s0"), user("a"), end("e0")], chain("s0", "a", "e0")
    for n in range(1, depth + 1):
        inner = each("=for i in 1..100 return i")
        inside = [start(f"s{n}"), sub(f"w{n}", inside, flows, inner=inner), end(f"e{n}")]
        flows = chain(f"s{n}", f"w{n}", f"e{n}")
    return file(process("p", inside, flows))


def calls_itself() -> bytes:
    again = call("c", "p", child=True)
    return file(process("p", [start(), again, end()], chain("s", "c", "e")))


def running() -> Iterator[Case]:
    """Yield processes that would not end, or would grow."""
    small = {"x": "x"}
    nested: Any = 1
    for _ in range(600):
        nested = [nested]
    inputs: dict[str, Running] = {
        "cycle without a wait": (looping(), {}),
        "cycle that computes": (looping("=1 + 1"), {}),
        "cycle that doubles a text": (looping("=x + x"), small),
        "cycle that nests a list": (looping("=[x]"), small),
        "cycle that walks": (looping("=x.constructor"), small),
        "fork of 2": (forking(2), {}),
        "fork of 300": (forking(300), {}),
        "process that calls itself when run": (calls_itself(), {"x": "x" * 1000}),
        "201 items": (many_items("=for i in 1..201 return i"), {}),
        "10^9 items": (many_items("=for i in 1..1000000000 return i"), {}),
        "items of no list": (many_items('="x"'), {}),
        "10^6 items of items": (items_of_items(3), {}),
        "variable of a deep list": (looping(), {"x": nested}),
        "variable of half a character": (looping(), {"x": "\ud800"}),
        "variable that is no JSON": (looping(), {"x": object()}),
        "variables of 10 MB": (many_items("=[1]"), {"x": "x" * 10_000_000}),
    }
    yield from fixed("run", inputs)


def cases() -> Iterator[Case]:
    """Yield every hostile state and every process that runs away."""
    yield from fixed("state", tampered())
    body = token("t", "a", "started", {"count": 1})
    yield from fixed("state", {"token with a count on a plain task": body}, refused=False)
    yield Case("state of 10 MB", "state", large)
    yield Case("state of 10^5 tokens", "state", many_tokens)
    yield from running()
