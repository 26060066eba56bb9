"""Hostile forms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.faults.hostile.case import Case, fixed


def field(**more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": "name", "label": "项目", **more}


def form(*components: Any, **more: Any) -> bytes:
    content = {"id": "f", "type": "default", "components": list(components), **more}
    return json.dumps(content).encode()


def nested(depth: int) -> bytes:
    inside: dict[str, Any] = field()
    for n in range(depth):
        inside = {"type": "group", "id": f"g{n}", "components": [inside]}
    return form(inside)


def pattern(text: str) -> bytes:
    return form(field(validate={"pattern": text}))


def hidden(expression: str) -> bytes:
    return form(field(conditional={"hide": expression}))


def small() -> dict[str, bytes]:
    return {
        "form of lists": b"[[1]]",
        "form with NaN": b'{"id": "f", "components": NaN}',
        "form with a number of 10^5 digits": b'{"id": ' + b"9" * 100_000 + b"}",
        "form limit of infinity": form(field(validate={"maxLength": "inf"})),
        "form limit of NaN": form(field(validate={"maxLength": "NaN"})),
        "form limit of 400 digits": form(field(validate={"maxLength": 10**400})),
        "form field __proto__": form(field(key="__proto__")),
        "form field typename": form(field(key="typename")),
        "form field with a zero-width": form(field(key="a\u200bb")),
        "form field with a path": form(field(key="../a")),
        "form with a script": form({"type": "html", "content": "<script>alert(1)</script>"}),
        "form pattern of a huge count": pattern("a{99999999999999999999}"),
        "form pattern of deep groups": pattern("(" * 5_000 + ")" * 5_000),
        "form pattern not closed": pattern("(["),
        "form expression not closed": hidden('="' + '\\"' * 60_000),
        "form expression of deep brackets": hidden("=" + "(" * 20_000 + ")" * 20_000),
        "form with gaps for templates": form(
            {"type": "text", "text": "{{#loop a}}x{{/loop}}"}, field()
        ),
    }


def cases() -> Iterator[Case]:
    """Yield every hostile form."""
    yield from fixed("form", small())
    harmless = {
        # Patterns are matched in the isolate, ids are no paths, and functions are the isolate's.
        "form pattern that backtracks": pattern("^(a+)+$"),
        "form id with a path": form(field(), id="../../etc/passwd"),
        "form expression calls the host": hidden("=process.exit()"),
        "form default of deep lists": form(field(defaultValue=json.loads("[" * 400 + "]" * 400))),
    }
    yield from fixed("form", harmless, refused=False)
    yield Case(
        "form of 10^5 components",
        "form",
        lambda: b'{"id":"f","components":[' + b"{}," * 10**5 + b"{}]}",
    )
    yield Case("form of 20,000 components", "form", lambda: form(*[{}] * 20_000))
    yield Case("form 200 groups deep", "form", lambda: nested(200))
    yield Case("form JSON depth bomb", "form", lambda: b"[" * 100_000 + b"]" * 100_000)
    yield Case("form of 10 MB", "form", lambda: form(field(label="x" * 10_000_000)))
    yield Case("form label of 200,000", "form", lambda: form(field(label="x" * 200_000)))
    yield Case(
        "form text of open gaps",
        "form",
        lambda: form({"type": "text", "text": "{{" + " " * 200_000}, field()),
    )
