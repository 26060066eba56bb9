"""The shape of a stored state, checked before anything is made of it.

A state comes from the program's own table; one that was tampered with, cut off or written by
another version is refused as a whole, so that no later step meets a value it does not expect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from app.engine.spiff.errors import SnapshotRefused
from app.engine.spiff.moves import (
    ACTED,
    ALONE,
    ARRIVED,
    BODY_OF,
    FAILED,
    HOST,
    INDEX,
    LAST,
    RACE,
    RESULT,
    RETURN,
    RETURNED,
    STRAIGHT,
    THROWN,
    VALUE,
)
from app.engine.spiff.scopes import ROOT, is_shallow

VERSION = 1
# What is written stays well below what is read, so a failure mark never makes a state unreadable.
LARGEST_WRITTEN = 4_000_000
LARGEST_READ = 5_000_000
MOST_TOKENS = 2_000
PARTS = frozenset({"version", "process", "completed", "tokens", "scopes"})
COUNTS = frozenset({INDEX, "count", "next", "done"})
NAMES = frozenset({HOST, BODY_OF, RACE, RETURNED, STRAIGHT, THROWN})
LISTS = frozenset({ARRIVED, "items"})
FLAGS = frozenset({ACTED, ALONE, FAILED, LAST})


def read_stored(text: str, process_id: str, states: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a state, each of its type; raises SnapshotRefused."""
    stored = _parsed(text)
    version = stored.get("version")
    if version is not VERSION and (type(version) is not int or version != VERSION):
        raise SnapshotRefused("core.snapshot_version", version=str(version)[:40], known=VERSION)
    if set(stored) - {"kept"} != PARTS or type(stored["completed"]) is not bool:
        _refuse("parts")
    if stored["process"] != process_id:
        raise SnapshotRefused("core.snapshot_process", process=str(stored["process"])[:80])
    if not is_shallow(stored):
        _refuse("depth")
    rows = list(_rows(stored["tokens"]))
    if len(rows) > MOST_TOKENS:
        raise SnapshotRefused("core.snapshot_tokens", most=MOST_TOKENS)
    if stored["completed"] and rows:
        _refuse("completed")
    _check_tokens(rows, states)
    _check_scopes(stored["scopes"])
    _check_kept(stored.get("kept", {}), {row[0] for row in rows}, stored["scopes"])
    return stored


def _refuse(part: str) -> NoReturn:
    raise SnapshotRefused("core.snapshot_damaged", part=part)


def _not_a_number(text: str) -> NoReturn:
    raise ValueError(text)


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > LARGEST_READ:
        raise SnapshotRefused("core.snapshot_size", size=len(text), most=LARGEST_READ)
    try:
        stored = json.loads(text, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:
        raise SnapshotRefused("core.snapshot_damaged", part="JSON") from error
    if not isinstance(stored, dict):
        _refuse("JSON")
    return stored


def _rows(groups: Any) -> Iterator[list[Any]]:
    if not isinstance(groups, list):
        _refuse("tokens")
    for group in groups:
        if not isinstance(group, list) or len(group) != 2 or not isinstance(group[1], list):
            _refuse("tokens")
        if not isinstance(group[0], str | None):
            _refuse("tokens")
        yield from group[1]


def _check_tokens(rows: list[list[Any]], states: Mapping[str, Any]) -> None:
    for row in rows:
        if not isinstance(row, list) or len(row) != 4:
            _refuse("token")
        if not all(isinstance(part, str) for part in row[:3]) or row[2] not in states:
            _refuse("token")
        if not isinstance(row[3], dict) or not all(map(_fits, row[3], row[3].values())):
            _refuse("token data")
    ids = {row[0] for row in rows}
    if len(ids) < len(rows):
        _refuse("token id")
    if any(row[3].get(name, row[0]) not in ids for row in rows for name in (HOST, BODY_OF)):
        _refuse("token relation")


def _fits(name: str, value: Any) -> bool:
    """Tell whether a token's datum has the type that its name promises."""
    if name in COUNTS:
        return type(value) is int and value >= 0
    if name in NAMES:
        return isinstance(value, str)
    if name in LISTS:
        return isinstance(value, list)
    if name in FLAGS:
        return value is True
    if name == RETURN:
        return _is_return(value)
    return name == VALUE or (name == RESULT and isinstance(value, dict))


def _is_return(value: Any) -> bool:
    names = {"to": str, "scope": str, "straight": bool, "stand": bool}
    if not isinstance(value, dict) or set(value) != set(names):
        return False
    return all(type(value[name]) is kind for name, kind in names.items())


def _check_kept(kept: Any, living: set[str], scopes: Mapping[str, Any]) -> None:
    if not isinstance(kept, dict) or living & set(kept):
        _refuse("kept")
    for name, found in kept.items():
        if not isinstance(found, list) or len(found) != 2 or name not in scopes:
            _refuse("kept")
        if not isinstance(found[0], str) or found[1] not in scopes:
            _refuse("kept")


def _check_scopes(scopes: Any) -> None:
    if not isinstance(scopes, dict) or ROOT not in scopes:
        _refuse("scopes")
    for entry in scopes.values():
        if not isinstance(entry, dict) or set(entry) != {"up", "vars"}:
            _refuse("scope")
        if not isinstance(entry["vars"], dict) or not isinstance(entry["up"], str | None):
            _refuse("scope")
    if not all(_ends(scopes, name) for name in scopes):
        _refuse("scope")


def _ends(scopes: Mapping[str, Any], name: str) -> bool:
    """Tell whether the way up from a scope ends."""
    found: str | None = name
    for _ in range(len(scopes) + 1):
        if found is None:
            return True
        if found not in scopes:
            return False
        found = scopes[found]["up"]
    return False
