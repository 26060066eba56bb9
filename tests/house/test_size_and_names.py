"""Modules and functions of `app/` are small, named by their subject and finished."""

from __future__ import annotations

import ast
import re

from tests.house.source import Module, called_name, lines, modules

MODULE_LINES = 300
FUNCTION_LINES = 40
NAMELESS = re.compile(r"(^|_)(utils?|helpers?|managers?|misc|common|services?)$|_part\d+$")
UNFINISHED = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b|\bNotImplementedError\b")
COMMITS = "app/db/unit_of_work.py"


def test_modules_are_at_most_300_lines_long() -> None:
    long = {
        module.path: count
        for module in modules("app")
        if (count := module.text.count("\n")) > MODULE_LINES
    }

    assert not long, lines(long.items())


def test_functions_are_at_most_40_lines_long() -> None:
    long = {
        f"{module.place(node)} {node.name}": count
        for module in modules("app")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (count := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }

    assert not long, lines(long.items())


def test_modules_are_named_by_their_subject() -> None:
    nameless = [
        module.path
        for module in modules("app")
        if any(NAMELESS.search(part) for part in module.name.split("."))
    ]

    assert not nameless, lines(nameless)


def test_nothing_is_left_unfinished() -> None:
    unfinished = [
        f"{module.path}:{number} {line.strip()}"
        for module in modules("app")
        for number, line in enumerate(module.text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]

    assert not unfinished, lines(unfinished)


def test_only_the_unit_of_work_commits() -> None:
    committing = [
        module.place(call)
        for module in modules("app")
        if module.path != COMMITS
        for call in _calls(module)
        if called_name(call) == "commit" and not _of_a_savepoint(call)
    ]

    assert not committing, lines(committing)


def _of_a_savepoint(call: ast.Call) -> bool:
    """Say whether a savepoint is kept, which ends no transaction."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(receiver, ast.Name) and receiver.id.startswith("save")


def _calls(module: Module) -> list[ast.Call]:
    return [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
