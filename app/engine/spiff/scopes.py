"""Process variables in the scopes of Camunda 8, kept beside the tokens.

A scope belongs to the instance (`root`) or to a token: sub-process, call activity, multi-instance
body or item, or a task with input mappings. Names are looked up from the outermost scope inwards;
writing goes to the nearest scope that has the name, else to the top of the chain. A called process
has a top of its own. Only plain JSON values are kept.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.engine.spiff.errors import NotPlain

ROOT = "root"
CALLED = "/process"
Variables = dict[str, Any]
DEEPEST = 100


def called_scope(token_id: str) -> str:
    """Return the id of the top scope of the process that a call activity runs."""
    return token_id + CALLED


def plain(values: Mapping[str, Any], element: str) -> Variables:
    """Return a copy of values from outside; refuse anything that is not plain JSON."""
    try:
        text = json.dumps(values, allow_nan=False, ensure_ascii=False)
        text.encode()  # half of a character cannot be stored
        copied: Variables = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise NotPlain(element, str(error)[:200]) from error
    if not is_shallow(copied):
        raise NotPlain(element, f"depth > {DEEPEST}")
    return copied


def is_shallow(value: Any, levels: int = DEEPEST) -> bool:
    """Tell whether lists and contexts are nested no deeper than every part of the engine can go."""
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(is_shallow(inner, levels - 1) for inner in inside)


def assign(target: str, value: Any, into: Variables) -> None:
    """Put a value at a dotted target, making the contexts on the way."""
    *path, last = target.split(".")
    for name in path:
        inner = into.get(name)
        if not isinstance(inner, dict):
            inner = into[name] = {}
        into = inner
    into[last] = value


def batches(mappings: Iterable[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Divide (source, target) pairs so that no source names a target of its own batch."""
    found: list[list[tuple[str, str]]] = []
    for source, target in mappings:
        if not found or any(name.partition(".")[0] in source for _, name in found[-1]):
            found.append([])
        found[-1].append((source, target))
    return found


def assign_all(
    mappings: Iterable[tuple[str, Any]], existing: Mapping[str, Any] | None = None
) -> Variables:
    """Return new variables from (target, value) pairs; contexts named by `a.b` keep their rest."""
    made: Variables = {}
    for target, value in mappings:
        name, dot, _ = target.partition(".")
        if dot and name not in made and existing is not None:
            known = existing.get(name)
            if isinstance(known, dict):
                made[name] = copy.deepcopy(known)
        assign(target, value, made)
    return made


class Scopes:
    """All scopes of one instance by id."""

    def __init__(self, stored: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._up: dict[str, str | None] = {ROOT: None}
        self._variables: dict[str, Variables] = {ROOT: {}}
        for name, entry in (stored or {}).items():
            self._up[name] = entry["up"]
            self._variables[name] = dict(entry["vars"])

    def __contains__(self, scope: str) -> bool:
        return scope in self._up

    def open(self, scope: str, up: str | None) -> Variables:
        """Return the local variables of a scope, made under `up` if it is new."""
        self._up.setdefault(scope, up)
        return self._variables.setdefault(scope, {})

    def local(self, scope: str) -> Variables:
        """Return the variables of this scope alone."""
        return self._variables[scope]

    def chain(self, scope: str) -> Iterator[str]:
        """Yield a scope and those around it, innermost first."""
        found: str | None = scope
        while found is not None:
            yield found
            found = self._up[found]

    def context(self, scope: str) -> Variables:
        """Return all variables visible in a scope."""
        visible: Variables = {}
        for name in reversed(list(self.chain(scope))):
            visible.update(self._variables[name])
        return visible

    def put(self, scope: str, values: Mapping[str, Any]) -> None:
        """Write values upwards: nearest scope that has the name, else the top."""
        chain = list(self.chain(scope))
        for name, value in values.items():
            owner = next((s for s in chain if name in self._variables[s]), chain[-1])
            self._variables[owner][name] = value

    def close(self, scope: str) -> None:
        """Forget a token's scope and the one of the process it called."""
        for name in (scope, called_scope(scope)):
            self._up.pop(name, None)
            self._variables.pop(name, None)

    def stored(self, living: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the root and the scopes of living tokens as they are written to a snapshot."""
        kept = {ROOT, *living}
        return {
            name: {"up": up, "vars": self._variables[name]}
            for name, up in self._up.items()
            if name.removesuffix(CALLED) in kept
        }
