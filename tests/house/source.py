"""The house as text: its tracked files and the parsed modules of `app/`, read once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """A parsed module: its path from the root and its dotted name."""

    path: str
    name: str
    text: str
    tree: ast.Module

    def place(self, node: ast.AST) -> str:
        """Return file and line of a node."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def files() -> tuple[str, ...]:
    """Return every file that is or will be committed, as paths from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = sorted({path for path in listed.stdout.split("\0") if path})
    return tuple(path for path in paths if (ROOT / path).is_file())


@cache
def modules(folder: str) -> tuple[Module, ...]:
    """Return the Python modules of a folder."""
    found = [path for path in files() if path.startswith(f"{folder}/") and path.endswith(".py")]
    return tuple(_module(path) for path in found)


def _module(path: str) -> Module:
    text = (ROOT / path).read_text(encoding="utf-8")
    name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    return Module(path, name, text, ast.parse(text, path))


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Yield the string constants of a tree that are not docstrings."""
    docstrings = set(_docstrings(tree))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in docstrings
        ):
            yield node


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            yield from (statement.value for statement in body if isinstance(statement, ast.Expr))


def lines(found: Iterable[object]) -> str:
    """Return what was found one by line, as the message of an assertion."""
    return "\n" + "\n".join(str(item) for item in found)


def called_name(call: ast.Call) -> str:
    """Return the last name of what is called, `f` of `a.b.f(…)`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
