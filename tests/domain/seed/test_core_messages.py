"""Every error of these subjects has a sentence with the fields it needs; none is idle."""

from __future__ import annotations

import ast
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
SUBJECTS = ("codes", "organisations", "people", "accounts", "access", "audit", "seed")
ERRORS = {"DomainError", "SignInRefused", "NotAllowed"}
SENTENCES = ROOT / "templates" / "messages" / "domain_core.toml"


def raised() -> dict[str, set[str]]:
    """Error codes with the fields handed over where they are raised."""
    found: dict[str, set[str]] = {}
    for call in calls():
        if isinstance(call.func, ast.Name) and call.func.id in ERRORS:
            code = ast.literal_eval(call.args[0])
            found[code] = {each.arg or "" for each in call.keywords}
    return found


def calls() -> Iterator[ast.Call]:
    """All calls in the modules of these subjects."""
    for subject in SUBJECTS:
        for path in (ROOT / "app" / "domain" / subject).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_errors_and_sentences_are_the_same_set() -> None:
    sentences = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))

    assert set(sentences) == set(raised())


def test_a_sentence_uses_only_fields_that_the_error_has() -> None:
    sentences = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    for code, fields in raised().items():
        gaps = {gap for _, gap, _, _ in string.Formatter().parse(sentences[code]) if gap}
        assert gaps <= fields, code
