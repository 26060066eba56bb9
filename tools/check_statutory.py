"""Checks that the law stands in the process files: no statutory number, date or D-rule in `app/`.

Looked at are numbers beside the words of periods, durations in text, fixed dates and the names of
the decision rules D01-D16. Docstrings and comments may speak of them. What only looks statutory is
listed in `MEANT`, each with its reason; an entry that no longer occurs fails as well.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PERIOD_WORDS = re.compile(
    r"(work|working|business)_?days?|deadlines?|publicity|objection|statutory|"
    r"(^|_)ban(ned)?(_|$)|(^|_)(days|years|months)(_|$)",
    re.IGNORECASE,
)
RULE = re.compile(r"\bD(0[1-9]|1[0-6])\b")
DURATION = re.compile(r"^P\d+[DWMY]$")
PERIOD_TEXT = re.compile(r"[0-9一二三四五六七八九十]+(个工作日|个月内|年内)")
DATE_TEXT = re.compile(r"\b(19|20)\d\d-[01]\d-[0-3]\d\b|\b(19|20)\d\d年\d+月\d+日")

# path → source of the literal → why it is not a rule of the procedures.
MEANT: dict[str, dict[str, str]] = {
    "app/adapters/authority.py": {
        "datetime(2015, 1, 1, tzinfo=UTC)": "begin of the test authority's certificates",
        "datetime(2050, 12, 31, 23, 59, 59, tzinfo=UTC)": "their end",
    },
    "app/adapters/pdf.py": {
        "datetime(1980, 1, 1, tzinfo=UTC)": "an attachment's date when the document states none",
    },
    "app/domain/calendar/explanation.py": {
        "3": "when the page turns a deadline amber: visual language",
    },
    "app/domain/calendar/law.py": {"10_000": "a bound against runaway expressions"},
    "app/domain/publicity/listing.py": {
        "30": "how long a result stays on the public list: no clause says, the platform's choice",
    },
    "app/domain/seed/members.py": {"date(2018, 1, 1)": "since when the demo's people hold roles"},
    "app/web/staff/queues.py": {
        "datetime(9999, 12, 31, tzinfo=UTC)": "the sorting place of tasks without a due date",
    },
    "app/engine/arming.py": {'"2026-11-20"': "an example of the ISO form, for its length"},
}


@dataclass(frozen=True)
class Finding:
    """A literal that looks like law."""

    path: str
    line: int
    what: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}: {self.source}"


def findings(path: str, text: str) -> list[Finding]:
    """Return what looks statutory in one module."""
    tree = ast.parse(text, path)
    docstrings = _docstrings(tree)
    found = []
    for node in ast.walk(tree):
        if node in docstrings:
            continue
        for what, literal in _looks_statutory(node):
            source = (ast.get_source_segment(text, literal) or ast.unparse(literal)).strip()
            found.append(Finding(path, literal.lineno, what, source))
    return found


def _docstrings(tree: ast.AST) -> set[ast.AST]:
    return {
        statement.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }


def _looks_statutory(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _in_text(node, node.value)
    elif isinstance(node, ast.Call):
        yield from _in_call(node)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from _numbers_beside(targets, [node.value] if node.value else [])
    elif isinstance(node, ast.Compare | ast.BinOp):
        sides = [node.left, *getattr(node, "comparators", [getattr(node, "right", None)])]
        yield from _numbers_beside(sides, sides)
    elif isinstance(node, ast.Name) and RULE.search(node.id):
        yield "decision rule", node


def _in_text(node: ast.Constant, value: str) -> Iterator[tuple[str, ast.expr]]:
    if RULE.search(value):
        yield "decision rule", node
    if DURATION.match(value) or PERIOD_TEXT.search(value):
        yield "period", node
    if DATE_TEXT.search(value):
        yield "date", node


def _in_call(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    name = ast.unparse(node.func)
    if name.split(".")[-1] in {"date", "datetime"} and len(node.args) >= len(("y", "m", "d")):
        if all(isinstance(part, ast.Constant) for part in node.args):
            yield "date", node
        return
    if PERIOD_WORDS.search(name):
        yield from _numbers(node.args)
    for keyword in node.keywords:
        if keyword.arg and (PERIOD_WORDS.search(keyword.arg) or PERIOD_WORDS.search(name)):
            yield from _numbers([keyword.value])


def _numbers_beside(
    words: list[ast.expr], values: list[ast.expr]
) -> Iterator[tuple[str, ast.expr]]:
    """Yield the numbers of an expression whose other side is named after a period."""
    named = any(
        isinstance(word, ast.Name | ast.Attribute)
        and PERIOD_WORDS.search(ast.unparse(word).split(".")[-1])
        for word in words
    )
    if named:
        yield from _numbers(values)


def _numbers(values: list[ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    for value in values:
        # 0 and 1 are arithmetic: the day after, none left.
        if isinstance(value, ast.Constant) and type(value.value) is int and value.value > 1:
            yield "number of a period", value


def main() -> int:
    """Print what stands in `app/` and should stand in a decision table or process file."""
    unused = {(path, source) for path, sources in MEANT.items() for source in sources}
    wrong: list[Finding] = []
    for file in sorted((ROOT / "app").rglob("*.py")):
        if "node_modules" in file.parts:
            continue
        path = file.relative_to(ROOT).as_posix()
        for finding in findings(path, file.read_text(encoding="utf-8")):
            if finding.source in MEANT.get(path, {}):
                unused.discard((path, finding.source))
            else:
                wrong.append(finding)
    for finding in wrong:
        print(finding)
    for path, source in sorted(unused):
        print(f"{path}: no longer holds {source}; take it out of tools/check_statutory.py")
    print(f"statutory literals in app/: {len(wrong)}")
    return 1 if wrong or unused else 0


if __name__ == "__main__":
    sys.exit(main())
