"""What a package cites of what several share: decisions, notices, clauses; only that is pinned.

A change of one clause or one shared table therefore makes new versions of the procedures that use
it, and of no other. A name counts as used when it stands anywhere in the package's texts.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

DECISION = re.compile(r"<(?:\w+:)?decision\b[^<>]*?\bid\s*=\s*[\"']([^\"']+)")
# A start tag; `>` may stand in an attribute.
PARAMETER = re.compile(r"<zeebe:(?:header|input)\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
LITERAL = re.compile(r"\"([^\"\\]*)\"")
NOTICE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,29}")
TEMPLATE = "template"
PROCESS_TOLD = re.compile(r"^process:\s*[\"']?([a-z0-9_]+)", re.MULTILINE)
HANDED_IN = re.compile(r"\bfile:\s*[\"']?([\w\-./]+)")
SECTION = re.compile(r"^(?=\[)", re.MULTILINE)


def cited_decisions(texts: Iterable[str], shared: Mapping[str, str]) -> dict[str, str]:
    """Return the shared decision files that a package names, and those that they name in turn.

    A file without a readable decision is taken along, so that somebody is told of it.
    """
    said, left = "\n".join(texts), dict(shared)
    cited: dict[str, str] = {}
    while True:
        found = {path: text for path, text in left.items() if _names_decision(said, text)}
        if not found:
            return cited
        cited |= found
        said = "\n".join(found.values())
        left = {path: text for path, text in left.items() if path not in found}


def _names_decision(said: str, file: str) -> bool:
    ids = DECISION.findall(file)
    return not ids or any(_says(said, name) for name in ids)


def _says(text: str, name: str) -> bool:
    # Most names are nowhere in it, which `in` finds out far sooner.
    return name in text and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def sent_notices(drawing: str) -> set[str]:
    """Return the notices that a drawing's listeners and service tasks send by name.

    Of an expression every text in it counts; one that is put together sends the house's own.
    """
    found: set[str] = set()
    for tag in PARAMETER.findall(drawing):
        given = {name: html.unescape(one or other) for name, one, other in ATTRIBUTE.findall(tag)}
        if TEMPLATE not in (given.get("key"), given.get("target")):
            continue
        text = given.get("value", given.get("source", ""))
        found.update(LITERAL.findall(text) if text.startswith("=") else [text])
    return {name for name in found if NOTICE.fullmatch(name)}


def cited_clauses(text: str, clauses: Mapping[str, Any], texts: Iterable[str]) -> str:
    """Return the sections of `legal_basis.toml` that a package cites; empty when it cites none.

    `clauses` is what the whole text says. A file that does not fall into one section for each
    clause is kept whole.
    """
    said = "\n".join(texts)
    sections = [part.rstrip() + "\n" for part in SECTION.split(text) if part.startswith("[")]
    names = list(clauses)
    if len(sections) != len(names):
        return text if any(_says(said, name) for name in names) else ""
    cited = zip(names, sections, strict=True)
    return "\n".join(section for name, section in cited if _says(said, name))


def process_told(scenario: str) -> str:
    """Return the process that a scenario starts if it names one."""
    found = PROCESS_TOLD.search(scenario)
    return found[1] if found else ""


def files_handed_in(scenario: str) -> list[str]:
    """Return the files that people hand in in a scenario, relative to its folder."""
    return HANDED_IN.findall(scenario)
