"""Hostile packages: files that are each readable and together are not."""

from __future__ import annotations

from collections.abc import Iterator

from spiff_diagrams import chain, el, end, file, process, start, user
from tests.faults.hostile import drawings, states, tables
from tests.faults.hostile.case import Case

Files = dict[str, str]
DRAWING = "workflows/p/p.bpmn"


def package(drawing: bytes = drawings.PLAIN, **more: str) -> Files:
    """Return the files of a package; names of more files have `__` for the slash."""
    files = {"workflows/p/process.toml": 'key = "p"\ntitle = "x"\n', DRAWING: drawing.decode()}
    return files | {name.replace("__", "/"): text for name, text in more.items()}


def with_clauses(text: str) -> Files:
    return package() | {"workflows/legal_basis.toml": text}


def expressions(text: str, count: int) -> bytes:
    scripts = [
        el("scriptTask", f"a{n}", f'<zeebe:script expression="{text}" resultVariable="x"/>')
        for n in range(count)
    ]
    names = [f"a{n}" for n in range(count)]
    return file(process("p", [start(), *scripts, end()], chain("s", *names, "e")))


def cases() -> Iterator[Case]:
    """Yield every hostile package."""
    yield Case("package that cycles", "package", lambda: package(states.looping()))
    yield Case("package that calls itself", "package", lambda: package(states.calls_itself()))
    yield Case("package of a chain", "package", lambda: package(drawings.long_chain(3_000)))
    many = package(expressions("=1 + 1", 400))
    yield Case("package of 400 expressions", "package", lambda: many, refused=False)
    yield Case(
        "package of an unclosed text",
        "package",
        lambda: package(expressions("=&quot;" + "\\&quot;" * 50_000, 1)),
    )
    yield Case(
        "package of deep brackets",
        "package",
        lambda: package(expressions("=" + "(" * 20_000 + ")" * 20_000, 1)),
    )
    yield Case(
        "package of 10^5 files",
        "package",
        lambda: package() | {f"forms/p/f{n}.form": "{}" for n in range(100_000)},
    )
    yield Case(
        "package of 40 MB",
        "package",
        lambda: package() | {f"workflows/p/d{n}.dmn": "x" * 1_000_000 for n in range(40)},
    )
    yield Case(
        "package of a rules bomb",
        "package",
        lambda: (
            package()
            | {"workflows/p/d.dmn": tables.file(tables.table(tables.rule("1") * 8_000)).decode()}
        ),
    )
    yield Case("clauses of open brackets", "package", lambda: with_clauses("a = " + "[" * 50_000))
    yield Case("clauses as texts", "package", lambda: with_clauses('a = "x"\n'))
    yield Case("clauses without a text", "package", lambda: with_clauses('[a]\ndocument = "x"\n'))
    yield Case("clauses of 5 MB", "package", lambda: with_clauses("# " + "x" * 5_000_000))
    yield Case(
        "half a character in a name",
        "package",
        lambda: {**package(), "workflows/p/d.dmn": "<definitions>\ud800"},
    )
    drawn = file(process("p", [start(), user("__proto__"), end()], chain("s", "__proto__", "e")))
    yield Case("package of __proto__", "package", lambda: package(drawn))
