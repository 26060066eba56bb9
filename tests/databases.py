"""Throw-away PostgreSQL servers: one per test process, reached by a socket in a folder of its own.

PostgreSQL refuses to run as root, so root starts it as `postgres` or `nobody`. Nothing listens on a
port, and no server of the machine is touched.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

SUPERUSER = "tests"
START_SECONDS = 60
STOP_SECONDS = 30
# Nothing has to survive a crash of the machine here.
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=100")
# Socket paths are limited to 107 bytes, so the folder stays near the root.
FOLDERS = (Path(tempfile.gettempdir()), Path("/var/tmp"))
MEMORY, ROOMY = Path("/dev/shm"), 4 << 30  # bytes free, enough for the databases of all processes


@dataclass(frozen=True)
class Cluster:
    """A running server, known by the folder of its socket."""

    folder: Path

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.folder}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Connect directly, each statement on its own."""
        return psycopg.connect(
            host=str(self.folder), user=SUPERUSER, dbname=database, autocommit=True
        )

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database of its own, yield its address, and drop it with all its connections."""
        name = f"t_{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            with self.connect() as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def throw_away_cluster(
    settings: Sequence[str] = SPEED, *, places: Sequence[Path] = FOLDERS
) -> Iterator[Cluster]:
    """Start a server in a new folder of the first usable place; stop it, remove the folder."""
    binaries = _binaries()
    user = _user()
    folder = _folder(user, places)
    try:
        _initialise(binaries, folder, user)
        with _running(binaries, folder, user, settings):
            yield Cluster(folder)
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    """Return the newest server's folder; Debian keeps it off the PATH."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: float(path.parts[-3]),
    )
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None:
        raise RuntimeError("no PostgreSQL server found: `make test` installs it")
    return Path(found).resolve().parent


def _user() -> str | None:
    """Return who runs the server: nobody else unless this is root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def memory() -> list[Path]:
    """Return the machine's file system in memory, if it has a roomy one."""
    return [MEMORY] if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOMY else []


def _folder(user: str | None, places: Sequence[Path]) -> Path:
    parent = next((place for place in places if _open_to_all(place)), None)
    if parent is None:
        raise RuntimeError(f"other users can enter none of {places}; set TMPDIR")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=parent))
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    return folder


def _open_to_all(place: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (place, *place.resolve().parents))


def _as(user: str | None) -> Mapping[str, Any]:
    """Return the arguments that start a program as another user, out of this one's folder."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _initialise(binaries: Path, folder: Path, user: str | None) -> None:
    done = subprocess.run(
        [
            *(binaries / "initdb", "--pgdata", folder / "data", "--username", SUPERUSER),
            *("--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        ],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        **_as(user),
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


@contextmanager
def _running(
    binaries: Path, folder: Path, user: str | None, settings: Sequence[str]
) -> Iterator[None]:
    options = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(binaries / "postgres", "-D", folder / "data", "-k", folder),
                *("-c", "listen_addresses=", *options),
            ],
            cwd=folder,
            env=_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            **_as(user),
        )
    try:
        _wait_until_ready(server, Cluster(folder))
        yield
    finally:
        server.send_signal(signal.SIGINT)  # Fast shutdown: connections end, nothing is waited for.
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], cluster: Cluster) -> None:
    end = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            cluster.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    log = (cluster.folder / "log").read_text(errors="replace")
    raise RuntimeError(f"PostgreSQL did not start:\n{log}")
