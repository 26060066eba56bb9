"""Hostile DMN files."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.hostile.case import Case, fixed

HEAD = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" '
    'namespace="x">'
)


def file(*parts: str, before: str = "") -> bytes:
    return f"{before}{HEAD}{''.join(parts)}</definitions>".encode()


def literal(name: str, text: str, more: str = "") -> str:
    return (
        f'<decision id="{name}" name="{name}">{more}<literalExpression><text>{text}</text>'
        "</literalExpression></decision>"
    )


def needs(*names: str) -> str:
    return "".join(
        f'<informationRequirement><requiredDecision href="#{name}"/></informationRequirement>'
        for name in names
    )


def table(rules: str, inputs: int = 1, attributes: str = "") -> str:
    column = '<input><inputExpression typeRef="number"><text>a</text></inputExpression></input>'
    return (
        f'<decision id="t" name="t"><decisionTable {attributes}>{column * inputs}'
        f'<output name="o"/>{rules}</decisionTable></decision>'
    )


def rule(test: str, answer: str = "1", inputs: int = 1) -> str:
    cell = f"<inputEntry><text>{test}</text></inputEntry>"
    return f"<rule>{cell * inputs}<outputEntry><text>{answer}</text></outputEntry></rule>"


def doubling(depth: int) -> bytes:
    """Each decision needs the one before it twice: 2^depth when written out."""
    parts = [literal("d0", "1")]
    parts += [
        literal(f"d{n}", f"d{n - 1}", needs(f"d{n - 1}", f"d{n - 1}")) for n in range(1, depth)
    ]
    return file(*parts)


def long_line(depth: int) -> bytes:
    parts = [literal("d0", "1")]
    parts += [literal(f"d{n}", f"d{n - 1}", needs(f"d{n - 1}")) for n in range(1, depth)]
    return file(*reversed(parts))


def types_in_a_ring() -> bytes:
    ring = '<itemDefinition name="A"><typeRef>B</typeRef></itemDefinition>'
    ring += '<itemDefinition name="B"><typeRef>A</typeRef></itemDefinition>'
    return file(ring, table(rule("1")).replace('typeRef="number"', 'typeRef="A"'))


def small() -> dict[str, bytes]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    python = literal("x", "1").replace(
        "<literalExpression>", '<literalExpression expressionLanguage="python">'
    )
    java = '<decision id="f" name="f"><functionDefinition kind="Java"/></decision>'
    return {
        "DMN billion laughs": file(
            literal("x", "&l11;"), before=f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>'
        ),
        "DMN external entity": file(
            literal("x", "&x;"),
            before='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        "DMN external DTD": file(
            literal("x", "1"), before='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x">'
        ),
        "DMN in Python": file(python),
        "DMN with a Java function": file(java),
        "DMN ring of decisions": file(literal("a", "b", needs("b")), literal("b", "a", needs("a"))),
        "DMN ring of types": types_in_a_ring(),
        "DMN needs a comment": file("<!--x-->", literal("a", "1", needs(""))),
        "DMN two decisions of one id": file(literal("a", "1"), literal("a", "2")),
        "DMN unknown function": file(literal("a", 'eval("1")')),
        "DMN not FEEL": file(literal("a", "require('fs')")),
        "DMN empty": b"",
        "DMN unknown encoding": b'<?xml version="1.0" encoding="x-evil"?>'
        + file(literal("a", "1")),
        "DMN zero-width id": file(literal("a\u200bb", "1")),
    }


def cases() -> Iterator[Case]:
    """Yield every hostile decision file."""
    yield from fixed("dmn", small())
    yield Case("DMN 10^5 rules", "dmn", lambda: file(table("<rule/>" * 100_000)))
    yield Case("DMN 8,000 full rules", "dmn", lambda: file(table(rule("1") * 8_000)))
    yield Case("DMN 10^4 inputs", "dmn", lambda: file(table("", inputs=10_000)))
    yield Case(
        "DMN 10^5 decisions",
        "dmn",
        lambda: file(*(f'<decision id="a{n}"/>' for n in range(40_000))),
    )
    yield Case("DMN 10^5 unary tests", "dmn", lambda: file(table(rule(",".join("1" * 100_000)))))
    yield Case(
        "DMN deep unary tests", "dmn", lambda: file(table(rule("not(" * 5_000 + ")" * 5_000)))
    )
    yield Case("DMN 40 doublings", "dmn", lambda: doubling(40))
    yield Case("DMN line of 3,000 decisions", "dmn", lambda: long_line(3_000))
    yield Case("DMN 2 MB", "dmn", lambda: file(literal("a", "1" * 2_000_000)))
    yield Case("DMN deep XML", "dmn", lambda: file("<a>" * 5_000 + "</a>" * 5_000))
