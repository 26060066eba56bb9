"""Hostile BPMN files."""

from __future__ import annotations

from collections.abc import Iterator

from spiff_diagrams import boundary, call, chain, el, end, file, process, start, sub, timer, user
from tests.faults.hostile.case import Case, fixed

ATTACK = "__import__('os').system('touch canary')"
SIMPLE = process("p", [start(), user("a"), end()], chain("s", "a", "e"))
PLAIN = file(SIMPLE)


def with_doctype(declared: str, used: str = "") -> bytes:
    """A file whose DOCTYPE declares something, used in the documentation of a process."""
    inside = el("startEvent", "s", inner=f"<bpmn:documentation>{used}</bpmn:documentation>")
    drawn = file(process("p", [inside, user("a"), end()], chain("s", "a", "e")))
    return f"<!DOCTYPE x [{declared}]>".encode() + drawn


def laughs() -> bytes:
    lines = ['<!ENTITY l0 "lol">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12)]
    return with_doctype("".join(lines), "&l11;")


def laughs_in_attribute() -> bytes:
    declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    drawn = PLAIN.replace(b'id="a"', b'id="a" name="&l11;"')
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{declared}]>'.encode() + drawn


def quadratic() -> bytes:
    return with_doctype(f'<!ENTITY a "{"a" * 100_000}">', "&a;" * 100_000)


def with_start(inside: str) -> bytes:
    """A simple drawing with something inside its start event."""
    return file(process("p", [start(inner=inside), user("a"), end()], chain("s", "a", "e")))


def nested_subprocesses(depth: int) -> bytes:
    inside, flows = [start("s0"), end("e0")], chain("s0", "e0")
    for n in range(1, depth):
        inside = [start(f"s{n}"), sub(f"w{n}", inside, flows), end(f"e{n}")]
        flows = chain(f"s{n}", f"w{n}", f"e{n}")
    return file(process("p", inside, flows))


def long_chain(length: int, kind: str = "task") -> bytes:
    names = [f"n{n}" for n in range(length)]
    drawn = [el(kind, name) for name in names]
    return file(process("p", [start(), *drawn, end()], chain("s", *names, "e")))


def called(*names: str) -> bytes:
    """Processes that call each other in a ring."""
    ring = zip(names, [*names[1:], names[0]], strict=True)
    return file(
        *(
            process(
                name,
                [start(f"{name}s"), call(f"{name}c", other), end(f"{name}e")],
                chain(f"{name}s", f"{name}c", f"{name}e"),
            )
            for name, other in ring
        )
    )


def named(old: str, new: str) -> bytes:
    assert old.encode() in PLAIN
    return PLAIN.replace(old.encode(), new.encode())


def renamed(name: str) -> bytes:
    """The simple drawing with another id for its task."""
    flows = [("s", name), (name, "e")]
    return file(process("p", [start(), user(name), end()], flows))


def many_boundaries(count: int) -> bytes:
    events = [boundary(f"b{n}", "a", timer("P1D")) for n in range(count)]
    flows = [*chain("s", "a", "e"), *((f"b{n}", "e") for n in range(count))]
    return file(process("p", [start(), user("a"), *events, end()], flows))


def entities() -> dict[str, bytes]:
    outside = '<!ENTITY x SYSTEM "file:///etc/passwd">'
    remote = '<!ENTITY x SYSTEM "http://127.0.0.1:9/x">'
    parameter = '<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;'
    return {
        "external entity (file)": with_doctype(outside, "&x;"),
        "external entity (network)": with_doctype(remote, "&x;"),
        "parameter entity": with_doctype(parameter),
        "plain DOCTYPE": b"<!DOCTYPE x>" + PLAIN,
        "external DTD": b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + PLAIN,
        "DOCTYPE in UTF-16": ("<!DOCTYPE x>" + PLAIN.decode()).encode("utf-16"),
        "unknown encoding": b'<?xml version="1.0" encoding="x-evil"?>' + PLAIN,
        "NUL byte": PLAIN.replace(b'id="a"', b'id="a\0"'),
        "empty file": b"",
        "not XML": b"\x80" * 1000,
        "XInclude": with_start(
            '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'
        ),
    }


def vocabulary() -> dict[str, bytes]:
    script = "<bpmn:script>" + ATTACK + "</bpmn:script>"
    task = el("scriptTask", "a", inner=script, scriptFormat="python")
    listener = (
        '<camunda:script xmlns:camunda="http://camunda.org/schema/1.0/bpmn">x</camunda:script>'
    )
    deep = "<bpmn:documentation>" * 300 + "</bpmn:documentation>" * 300
    return {
        "script in Python": file(process("p", [start(), task, end()], chain("s", "a", "e"))),
        "foreign element": with_start('<x:y xmlns:x="urn:x"/>'),
        "foreign attribute": named('id="a"', 'id="a" xmlns:x="urn:x" x:y="1"'),
        "camunda 7 script": with_start(
            f"<bpmn:extensionElements>{listener}</bpmn:extensionElements>"
        ),
        "unknown zeebe element": with_start(
            "<bpmn:extensionElements><zeebe:evil/></bpmn:extensionElements>"
        ),
        "deep XML": with_start(deep),
        "control character in id": renamed("a&#x9;b"),
        "zero-width character in id": renamed("a\u200bb"),
        "right-to-left override in id": renamed("a\u202eb"),
        "path characters in id": renamed("../../etc"),
        "path in form id": named(
            'id="a">',
            'id="a"><bpmn:extensionElements><zeebe:formDefinition formId="../../etc/passwd"/>'
            "</bpmn:extensionElements>",
        ),
        "dangling flow": file(process("p", [start(), end()], [("s", "nobody")])),
        "repeated id": file(process("p", [start(), user("s"), end()], chain("s", "e"))),
        "other process": file(process("q", [start(), end()], chain("s", "e"))),
    }


def cases() -> Iterator[Case]:
    """Yield every hostile drawing."""
    yield Case("billion laughs", "bpmn", laughs)
    yield Case("billion laughs in an attribute", "bpmn", laughs_in_attribute)
    yield Case("quadratic blow-up", "bpmn", quadratic)
    yield from fixed("bpmn", entities())
    yield from fixed("bpmn", vocabulary())
    yield Case("10^5 elements", "bpmn", lambda: with_start("<bpmn:documentation/>" * 100_000))
    yield Case("3 MB file", "bpmn", lambda: PLAIN + b" " * 3_000_000)
    yield Case("200 nested sub-processes", "bpmn", lambda: nested_subprocesses(200))
    yield Case("60 nested sub-processes", "bpmn", lambda: nested_subprocesses(60))
    yield Case("chain of 10^4 tasks", "bpmn", lambda: long_chain(10_000))
    yield Case("2,000 boundary events", "bpmn", lambda: many_boundaries(2_000))
    yield Case("id of 10^6 characters", "bpmn", lambda: renamed("a" * 1_000_000))
    yield Case(
        "name of 10^6 characters", "bpmn", lambda: named('id="a"', f'id="a" name="{"n" * 10**6}"')
    )
    yield Case("element name of 10^5", "bpmn", lambda: with_start(f"<bpmn:{'x' * 100_000}/>"))
    yield Case(
        "10^5 attributes",
        "bpmn",
        lambda: named('id="a"', 'id="a" ' + " ".join(f'a{n}="1"' for n in range(100_000))),
    )
    for name in ("typename", "__proto__", "constructor"):
        yield Case(f"id {name}", "bpmn", lambda name=name: renamed(name), refused=False)
    yield Case("process that calls itself", "bpmn", lambda: called("p"), refused=False)
    yield Case(
        "processes that call each other", "bpmn", lambda: called("p", "q", "r"), refused=False
    )
