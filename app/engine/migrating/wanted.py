"""What a migration is asked to do: the target, which elements correspond, what is accepted.

A correspondence is written as TOML or JSON with two tables, `renamed` (old element = new element)
and `sent_to` (tokens on an element of the old drawing enter that step of the new one instead).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.bundles import Compiled, latest
from app.engine.situation import Tools
from app.engine.spiff import Correspondence, Definition
from app.engine.tables import Bundle
from app.errors import EngineError

RENAMED, SENT_TO = "renamed", "sent_to"
LINE = re.compile(r"^\s*([\w.\-]+)\s*=\s*([\w.\-]+)\s*$")
MOST = 500


@dataclass(frozen=True)
class Wanted:
    """The target of a migration and how its drawing corresponds to older ones."""

    to: Compiled
    renamed: Mapping[str, str] = field(default_factory=dict)
    sent_to: Mapping[str, str] = field(default_factory=dict)
    accept_skipped: bool = False

    def given(self, old: Definition) -> Correspondence:
        """Return what of the correspondence concerns instances of an older drawing."""
        renamed = {
            name: now
            for name, now in self.renamed.items()
            if name in old.elements and now not in old.elements
        }
        sent_to = {name: step for name, step in self.sent_to.items() if name in old.elements}
        return Correspondence(renamed, sent_to)


def target(session: Session, tools: Tools, key: str, version: int | None) -> Compiled:
    """Return the bundle of a version, or the newest; raises when there is none."""
    row = latest(session, key)
    if version is not None:
        query = select(Bundle).where(Bundle.process_key == key, Bundle.version == version)
        row = session.scalars(query).one_or_none()
    if row is None:
        raise EngineError("migration.no_version", process=key, version=version)
    return tools.bundles.get(session, row.id)


def read_correspondence(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Read a correspondence from TOML or JSON; raises EngineError."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise EngineError("migration.map_unreadable", reason=str(error)[:200]) from error
    if not set(found) <= {RENAMED, SENT_TO}:
        raise EngineError("migration.map_tables", tables=sorted(set(found)))
    return _table(found, RENAMED), _table(found, SENT_TO)


def _table(found: Mapping[str, Any], name: str) -> dict[str, str]:
    table = found.get(name, {})
    texts = isinstance(table, dict) and all(isinstance(each, str) for each in table.values())
    if not texts or len(table) > MOST:
        raise EngineError("migration.map_not_text", table=name)
    return dict(table)


def read_lines(text: str) -> dict[str, str]:
    """Read a table typed by hand: one `old = new` in each line; raises EngineError."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match is not None:
            found[match[1]] = match[2]
        elif line.strip():
            raise EngineError("migration.map_line", line=line.strip()[:80])
    return found


def require_fitting(wanted: Wanted) -> None:
    """Raise when a correspondence names what is not there, or one element twice."""
    elements = wanted.to.definition.elements
    for name, now in {**wanted.renamed, **wanted.sent_to}.items():
        if now not in elements:
            raise EngineError("migration.map_unknown", element=now, version=wanted.to.version)
        if wanted.renamed.get(name) == now and name in elements:
            raise EngineError("migration.map_still_there", element=name, version=wanted.to.version)
    if len(set(wanted.renamed.values())) < len(wanted.renamed):
        raise EngineError("migration.map_twice")
    if wanted.renamed.keys() & wanted.sent_to.keys():
        raise EngineError("migration.map_both", elements=wanted.renamed.keys() & wanted.sent_to)
