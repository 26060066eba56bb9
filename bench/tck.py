"""Figures over cases of the DMN Technology Compatibility Kit: `python -m bench.tck FOLDER …`.

A folder holds `.dmn` models with `*-test-*.xml` files beside them, at any depth. What the house
refuses to publish counts apart from what it answers wrongly.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from app.decisions import Decision, decide, parse_decisions
from app.errors import AppError, DefinitionError
from app.feel import BUNDLE, Feel

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NUMBERS = ("decimal", "double", "integer", "int", "long", "float")
CLOSE = 1e-8
SHOW = "--show"


def _children(element: Any, name: str) -> list[Any]:
    return list(element.iterchildren(f"{{*}}{name}"))


def _value(element: Any) -> Any:
    """Return what an input or an expected result holds."""
    for items in _children(element, "list"):
        return [_value(item) for item in _children(items, "item")]
    if components := _children(element, "component"):
        return {component.get("name"): _value(component) for component in components}
    for value in _children(element, "value"):
        return _scalar(value)
    return None


def _scalar(value: Any) -> Any:
    if value.get(NIL) == "true":
        return None
    kind = (value.get(TYPE) or "string").split(":")[-1]
    text = value.text or ""
    if kind in NUMBERS:
        return int(text) if text.strip().lstrip("+-").isdigit() else float(text)
    return text.strip() == "true" if kind == "boolean" else text


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return abs(wanted - found) <= CLOSE * max(1, abs(wanted))
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(_same(wanted[k], found[k]) for k in wanted)
    return bool(wanted == found)


def _outcome(feel: Feel, decision: Decision | None, case: Any, node: Any) -> str:
    given = {each.get("name"): _value(each) for each in _children(case, "inputNode")}
    expected = _children(node, "expected")
    wanted = _value(expected[0]) if expected else None
    if decision is None:
        return "failed: no such decision"
    try:
        found = decide(feel, decision, given).output
    except AppError as error:
        fails = node.get("errorResult") == "true" or wanted is None
        return "passed" if fails else f"failed: {error.code}"
    return "passed" if _same(wanted, found) else f"failed: {wanted!r}, but {found!r}"


def _cases(feel: Feel, path: Path) -> Iterator[tuple[str, str]]:
    tests = etree.parse(str(path)).getroot()
    model = path.parent / "".join(name.text or "" for name in _children(tests, "modelName"))
    refused, decisions = "", {}
    try:
        read = parse_decisions(model.read_bytes(), model.name, feel=feel)
        decisions = {decision.name: decision for decision in read}
    except DefinitionError as error:
        refused = f"refused: {error.code} {error.fields}"
    for case in _children(tests, "testCase"):
        for node in _children(case, "resultNode"):
            name = node.get("name")
            place = f"{path.name} {case.get('id')} {name}"
            yield place, refused or _outcome(feel, decisions.get(name), case, node)


def main(arguments: list[str]) -> None:
    """Print passed, failed and refused results of each folder; `--show` lists the others."""
    feel = Feel(BUNDLE, timeout_ms=5000)
    for folder in (name for name in arguments if name != SHOW):
        counts: Counter[str] = Counter()
        for path in sorted(Path(folder).rglob("*-test-*.xml")):
            for place, outcome in _cases(feel, path):
                counts[outcome.split(":")[0]] += 1
                if SHOW in arguments and outcome != "passed":
                    print(f"  {place}: {outcome}"[:300])
        figures = ", ".join(f"{name} {counts[name]}" for name in ("passed", "failed", "refused"))
        print(f"{folder}: {counts.total()} results, {figures}")
    feel.close()


if __name__ == "__main__":
    main(sys.argv[1:])
