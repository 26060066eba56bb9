"""The databases that are measured: as durable as in production, and thrown away afterwards.

SQLite files lie in `instance/bench`, the PostgreSQL server in the folder for temporary files; the
report names the file system of both, since a commit on a RAM disk measures nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path

from app.config import ROOT
from tests.databases import Cluster, throw_away_cluster

SQLITE, POSTGRESQL = "sqlite", "postgresql"
OUT = ROOT / "instance" / "bench"
DURABLE = (
    "fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_connections=50",
    "shared_buffers=256MB", "max_wal_size=4GB",
)  # fmt: skip

Fresh = Callable[[str], AbstractContextManager[str]]


@contextmanager
def durable_stores() -> Iterator[Fresh]:
    """Lend a function that makes an empty database of a kind and yields its address."""
    OUT.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:

        @cache
        def cluster() -> Cluster:
            return stack.enter_context(throw_away_cluster(DURABLE))

        yield fresh_from(cluster, OUT)


def fresh_from(cluster: Callable[[], Cluster], folder: Path) -> Fresh:
    """Return how to make databases of a server and in a folder."""

    @contextmanager
    def fresh(kind: str) -> Iterator[str]:
        if kind == POSTGRESQL:
            with cluster().database() as url:
                yield url
            return
        own = Path(tempfile.mkdtemp(prefix="store-", dir=folder))
        try:
            yield f"sqlite:///{own / 'bench.db'}"
        finally:
            shutil.rmtree(own)

    return fresh


def file_system(place: Path) -> str:
    """Return the type of the file system that holds a place."""
    mounts = [line.split()[:3] for line in Path("/proc/mounts").read_text().splitlines()]
    inside = [(len(at), kind) for _, at, kind in mounts if place.resolve().is_relative_to(at)]
    return max(inside)[1] if inside else "?"


def surroundings() -> dict[str, str]:
    """Return what a reader has to know about the disks."""
    return {
        "sqlite_on": file_system(OUT if OUT.is_dir() else ROOT),
        "postgresql_on": file_system(Path(tempfile.gettempdir())),
    }
