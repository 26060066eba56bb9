"""What a publication changes: the packages asked for, and those that use what changed in them.

A procedure that calls a changed process, or uses a changed shared table, form, notice or clause, is
published anew together with it: in one transaction, or nothing is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.engine.bundles import digest, latest, store
from app.engine.package import Package
from app.errors import EngineError
from app.messages import message

FIRST, OWN, USES, UNCHANGED = "first", "own", "uses", "unchanged"
ADDED, REMOVED, EDITED = "added", "removed", "edited"


@dataclass(frozen=True)
class Published:
    """The newest version of a process: its number and its files."""

    version: int
    files: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """What publishing one package would do, and why."""

    package: Package
    old: int | None
    new: int
    reason: str
    files: Mapping[str, str]

    @property
    def key(self) -> str:
        """The process."""
        return self.package.key

    @property
    def is_new(self) -> bool:
        """Tell whether there will be a new version."""
        return self.old != self.new

    def data(self) -> dict[str, Any]:
        """Return the change as JSON."""
        return {
            "key": self.key,
            "title": self.package.descriptor.title,
            "old_version": self.old,
            "new_version": self.new,
            "digest": digest(self.package),
            "reason": self.reason,
            "files": dict(self.files),
        }

    def lines(self) -> list[str]:
        """Return the change for people: the process, then the files."""
        said = message(
            f"publish.{self.reason}",
            key=self.key,
            title=self.package.descriptor.title,
            old=self.old,
            new=self.new,
        )
        # Of a first version everything is new.
        files = {} if self.reason == FIRST else self.files
        return [said, *(f"  {message(f'publish.{how}')} {path}" for path, how in files.items())]


def published(session: Session, keys: Iterable[str]) -> dict[str, Published]:
    """Return the newest version of each process that has one."""
    rows = {key: latest(session, key) for key in keys}
    return {key: Published(row.version, json.loads(row.files)) for key, row in rows.items() if row}


def changes(
    packages: Mapping[str, Package], before: Mapping[str, Published], keys: Sequence[str]
) -> list[Change]:
    """Return what publishing these keys does: theirs first, then those of their dependants.

    A dependant is a published process one of whose changed files is among the changed files.
    """
    found = {key: _change(packages[key], before.get(key), OWN) for key in dict.fromkeys(keys)}
    others = {
        key: _change(package, before[key], USES)
        for key, package in packages.items()
        if key not in found and key in before
    }
    while True:
        touched = {path for change in found.values() for path in change.files}
        more = {key: one for key, one in others.items() if touched & set(one.files)}
        if not more:
            return list(found.values())
        found |= more
        others = {key: one for key, one in others.items() if key not in more}


def touched_by(files: Collection[str], before: Mapping[str, Published]) -> list[str]:
    """Return the published processes that use one of these files as it was."""
    return sorted(key for key, old in before.items() if set(files) & set(old.files))


def _change(package: Package, before: Published | None, reason: str) -> Change:
    files = differing(before.files if before else {}, package.files)
    if before is None:
        return Change(package, None, 1, FIRST, files)
    if not files:
        return Change(package, before.version, before.version, UNCHANGED, files)
    return Change(package, before.version, before.version + 1, reason, files)


def differing(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return the files that differ, each with how."""
    how = {path: ADDED for path in new if path not in old}
    how |= {path: REMOVED for path in old if path not in new}
    how |= {path: EDITED for path in new if path in old and old[path] != new[path]}
    return dict(sorted(how.items()))


def store_together(
    session: Session, wanted: Sequence[Change], *, published_by: str, now: datetime, note: str
) -> None:
    """Store every package; raises when somebody else published one of them differently meanwhile.

    Somebody who published the very same files at the same time is no obstacle.
    """
    for change in wanted:
        row = store(session, change.package, published_by=published_by, now=now, note=note)
        if row.version != change.new:
            raise EngineError(
                "publish.overtaken", key=change.key, old=change.old or 0, found=row.version
            )
