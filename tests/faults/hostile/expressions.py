"""Hostile FEEL expressions, each evaluated on its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.faults.hostile.case import Case, fixed

REFUSED = {
    "FEEL huge loop": "=for i in 1..1000000000 return i",
    "FEEL huge range": "=count(1..10000000000)",
    "FEEL product of loops": "=for a in 1..100000, b in 1..100000 return [string(a), string(b)]",
    "FEEL memory of texts": '=for i in 1..100000000 return "abcdefgh" + string(i)',
    "FEEL backtracking": '=matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
    "FEEL backtracking in replace": '=replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|a)*$", "")',
    "FEEL backtracking in split": '=split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a*)*b")',
    "FEEL function of itself": "=(function(f) f(f))(function(f) f(f))",
    "FEEL endless partial": "=for i in 1..1000000 return count(partial) + sum(partial)",
    "FEEL answer of megabytes": '=for i in 1..200000 return "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
    "FEEL long text doubled": (
        '=for i in 1..40 return if i = 1 then "x" else partial[-1] + partial[-1]'
    ),
}
HARMLESS = {
    "FEEL walk to the constructor": '=a.constructor.constructor("return process")()',
    "FEEL walk of a text": '="".constructor.constructor',
    "FEEL walk of a prototype": "=a.__proto__.polluted",
    "FEEL context of a prototype": "={__proto__: {polluted: 1}}.polluted",
    "FEEL context of a constructor": '={constructor: 1, "toString": 2}.constructor',
    "FEEL globalThis": "=globalThis.process.exit(1)",
    "FEEL require": '=require("fs")',
    "FEEL eval": '=eval("1")',
    "FEEL Python": "=__import__('os').system('touch canary')",
    "FEEL import": '=import("fs")',
    "FEEL this": "=this.constructor",
    "FEEL get value": '=get value(a, "__proto__")',
    "FEEL context put": '=context put(a, "__proto__", {polluted: 1})',
    "FEEL exponent": "=9 ** 9 ** 9 ** 9",
    "FEEL repeat": '=string join(for i in 1..1000 return "x", "y")',
    "FEEL control characters": "=\x00\x01a\u200b",
}


def asked(text: str) -> tuple[str, dict[str, Any]]:
    """Return an expression with the context that it is evaluated in."""
    return text, {"a": {"b": 1}}


def deep() -> tuple[str, dict[str, Any]]:
    nested: Any = 1
    for _ in range(50_000):
        nested = [nested]
    return "=a", {"a": nested}


def cases() -> Iterator[Case]:
    """Yield every hostile expression."""
    yield from fixed("feel", {name: asked(text) for name, text in REFUSED.items()})
    harmless = {name: asked(text) for name, text in HARMLESS.items()}
    yield from fixed("feel", harmless, refused=False)
    yield Case("FEEL deep brackets", "feel", lambda: asked("=" + "(" * 20_000 + "1" + ")" * 20_000))
    yield Case("FEEL long sum", "feel", lambda: asked("=1" + "+1" * 500_000))
    yield Case("FEEL long list", "feel", lambda: asked("=[" + "1," * 200_000 + "1]"))
    yield Case("FEEL deep value", "feel", deep)
    yield Case("FEEL context of 20 MB", "feel", lambda: ("=a", {"a": "x" * 20_000_000}))
    yield Case("FEEL value of a class", "feel", lambda: ("=a", {"a": object()}))
    prototype = ("=a.polluted", {"__proto__": {"polluted": 1}, "a": {"__proto__": {"polluted": 1}}})
    yield from fixed("feel", {"FEEL value named __proto__": prototype}, refused=False)
