"""What many houses of one test process compile alike, compiled once: bundles, templates and SQL.

Each is a function of its source and the kind of database; what changed is compiled anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

from app.engine.bundles import BundleCache, Compiled
from app.engine.tables import Bundle


class Remembered(BytecodeCache):
    """Templates of this process; Jinja asks whether the text is still the same."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template that was compiled before."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        self._known[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def compiled_once() -> Iterator[None]:
    """Let all houses share what they compile."""
    compile_bundle = BundleCache._compile
    known: dict[str, Compiled] = {}

    def look_up(cache: BundleCache, row: Bundle) -> Compiled:
        if row.files not in known:
            known[row.files] = compile_bundle(cache, row)
        return replace(known[row.files], id=row.id, version=row.version)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BundleCache, "_compile", look_up)
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": Remembered()})
        with _statements_compiled_once(patch):
            yield


@contextmanager
def _statements_compiled_once(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let engines of a kind share their compiled statements, as connections of one engine do.

    SQLAlchemy keeps them by dialect; here dialects of a kind are equal.
    """
    statements: dict[object, object] = {}

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=statements)

    patch.setattr(DefaultDialect, "__eq__", lambda self, other: type(self) is type(other))
    patch.setattr(DefaultDialect, "__hash__", lambda self: hash(type(self)))
    event.listen(Engine, "engine_connect", share)
    yield
    event.remove(Engine, "engine_connect", share)
