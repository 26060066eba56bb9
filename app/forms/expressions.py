"""What a form has to know about FEEL without evaluating it: which names an expression mentions.

Syntax is judged by `app.feel` when a bundle is checked; here only what cannot be an expression is
refused. Names are over-estimated, never missed, so a dependency is always seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
NAME = re.compile(r"[^\W\d]\w*")
SIMPLE = re.compile(
    r'=\s*(?P<name>[^\W\d]\w*)\s*(?P<operator>!?=)\s*(?:"(?P<text>[^"\\]*)"|(?P<word>true|false|null))\s*'
)
PAIRS = {")": "(", "]": "[", "}": "{"}
OPPOSITE = {"=": "!=", "!=": "="}


def is_expression(value: object) -> bool:
    """Tell whether a value is FEEL by the convention of a leading equals sign."""
    return isinstance(value, str) and value.startswith("=")


def names_in(expression: str) -> frozenset[str]:
    """Return every word of an expression that could be a name."""
    return frozenset(NAME.findall(STRINGS.sub('""', expression)))


def fault_in(expression: str) -> str | None:
    """Return the code of an obvious mistake, or None when FEEL may judge the rest."""
    if not is_expression(expression):
        return "form.fault_no_equals"
    body = STRINGS.sub("", expression[1:])
    if not expression[1:].strip():
        return "form.fault_empty"
    if '"' in body:
        return "form.fault_quote"
    return None if _balanced(body) else "form.fault_bracket"


def _balanced(body: str) -> bool:
    open_brackets: list[str] = []
    # An interval such as ]1..5] may turn its brackets round, so square ones are left to FEEL.
    for character in body:
        if character in "({":
            open_brackets.append(character)
        elif character in ")}" and (not open_brackets or open_brackets.pop() != PAIRS[character]):
            return False
    return not open_brackets


@dataclass(frozen=True)
class ShowWhen:
    """A condition simple enough for the browser: one field compared with one constant."""

    name: str
    operator: str
    value: str


def show_when(hide: str) -> ShowWhen | None:
    """Return the opposite of a simple hide condition, or None when only FEEL can tell."""
    found = SIMPLE.fullmatch(hide)
    if found is None:
        return None
    word = found["word"]
    value = found["text"] if word is None else word.replace("null", "")
    return ShowWhen(found["name"], OPPOSITE[found["operator"]], value)
