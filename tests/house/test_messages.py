"""Every message code of the software has a Chinese sentence, and every sentence is used.

A code is the literal that an error or a function with a parameter `code` receives. A sentence
counts as used when its code stands anywhere in `app/`, the templates or the process files.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache

from tests.house.source import ROOT, Module, called_name, files, lines, modules, texts

CODE = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$")
# How the FEEL bundle says a code.
FAILURE = re.compile(r"new Failure\(\s*'([a-z0-9_.]+)'")
COMPOSED = re.compile(r"^[a-z][a-z0-9_]*\.[a-z0-9_.]*$")
USERS = (".html", ".txt", ".j2", ".xml", ".bpmn", ".dmn", ".form", ".toml", ".svg", ".js")
MESSAGES = "templates/messages/"


@cache
def _sentences() -> dict[str, str]:
    """Return each code with the file that words it."""
    found: dict[str, str] = {}
    for path in _message_files():
        for code in tomllib.loads((ROOT / path).read_text(encoding="utf-8")):
            assert code not in found, f"{code} is worded in {found[code]} and in {path}"
            found[code] = path
    return found


def _message_files() -> list[str]:
    return [path for path in files() if path.startswith(MESSAGES) and path.endswith(".toml")]


@cache
def _error_classes() -> frozenset[str]:
    """Return the names of AppError and everything derived from it."""
    family = {"AppError"}
    classes = [
        node
        for module in modules("app")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    while True:
        derived = {
            node.name
            for node in classes
            if any(isinstance(base, ast.Name) and base.id in family for base in node.bases)
        }
        if derived <= family:
            return frozenset(family)
        family |= derived


@cache
def _raised_by_code() -> frozenset[str]:
    """Return the error classes whose first argument is the code, not a field of their own."""
    own = {
        node.name
        for module in modules("app")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name in _error_classes() - {"AppError"}
        for method in node.body
        if isinstance(method, ast.FunctionDef) and method.name == "__init__"
        if "code" not in [argument.arg for argument in method.args.args]
    }
    return _error_classes() - own


@cache
def _code_positions() -> dict[str, int]:
    """Return the functions that take a parameter `code`, with its position."""
    found: dict[str, int] = {}
    for module in modules("app"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                names = [argument.arg for argument in node.args.posonlyargs + node.args.args]
                names = [name for name in names if name not in {"self", "cls"}]
                if "code" in names and node.name != "__init__":
                    found[node.name] = names.index("code")
    return found


def _codes(module: Module) -> Iterator[tuple[str, str]]:
    """Yield the codes that a module says, each with its place."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and node.name in _error_classes():
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
            said = [_literal(call, 0) for call in calls if called_name(call) == "__init__"]
        elif isinstance(node, ast.Call) and called_name(node) in _raised_by_code():
            said = [_literal(node, 0)]
        elif isinstance(node, ast.Call) and called_name(node) in _code_positions():
            said = [_dotted(_literal(node, _code_positions()[called_name(node)]))]
        else:
            continue
        yield from ((code, module.place(node)) for code in said if code)


def _literal(call: ast.Call, position: int) -> str | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    candidates = [*named, *call.args[position : position + 1]]
    if candidates and isinstance(candidates[0], ast.Constant):
        return str(candidates[0].value)
    return None


def _prefixes() -> Iterator[str]:
    """Yield what stands before the first gap of a composed code, `form.` of f"form.{kind}"."""
    for module in modules("app"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                beginning = str(node.values[0].value)
                if COMPOSED.match(beginning):
                    yield beginning


def _dotted(code: str | None) -> str | None:
    """Keep what looks like a message code: regions and titles have codes, too."""
    return code if code and CODE.match(code) else None


def test_every_code_has_a_sentence() -> None:
    missing = sorted(
        f"{code} ({place})"
        for module in modules("app")
        for code, place in _codes(module)
        if code not in _sentences()
    )
    missing += sorted(
        f"{code} ({path})"
        for path in files()
        if path.startswith("app/web/assets/src/") and path.endswith(".js")
        for code in FAILURE.findall((ROOT / path).read_text(encoding="utf-8"))
        if code not in _sentences()
    )

    assert not missing, lines(missing)


def test_every_sentence_is_used() -> None:
    said = {text.value for module in modules("app") for text in texts(module.tree)}
    composed = tuple(_prefixes())
    written = "\n".join(
        (ROOT / path).read_text(encoding="utf-8")
        for path in files()
        if path.endswith(USERS)
        and path.startswith(("templates/", "workflows/", "forms/", "app/"))
        and not path.startswith(MESSAGES)
    )
    unused = sorted(
        f"{code} ({path})"
        for code, path in _sentences().items()
        if code not in said and code not in written and not code.startswith(composed)
    )

    assert not unused, lines(unused)


def test_codes_name_subject_and_reason() -> None:
    odd = [code for code in _sentences() if code != "refused" and not CODE.match(code)]

    assert not odd, lines(odd)
