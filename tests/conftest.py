"""What every test has: a keyring, loopback as the only network, PostgreSQL and Chromium on demand.

A missing part fails: PostgreSQL and Chromium are set up by `make test`, and a skipped test fails
the run.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.bootstrap import local_adapters
from app.config import read_config
from app.db import keys
from app.feel import language
from tests.compiling import compiled_once
from tests.copies import POSTGRESQL, SQLITE, Copies, opened, undone
from tests.databases import FOLDERS, Cluster, memory, throw_away_cluster
from tests.keyring import RING, SETTING

settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

LONG = ("tests/browser", "tests/processes", "tests/faults", "tests/bench", "tests/journeys")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no process is left with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run that skipped something: what is not tested is not known to work."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def keyring() -> Iterator[keys.Keyring]:
    """The keyring of the tests, installed for sealed attributes and set for houses to come."""
    keys.install(RING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TITLES_KEYS", SETTING)
        yield RING


@pytest.fixture(scope="session", autouse=True)
def patient_feel() -> Iterator[None]:
    """Give expressions time on a machine that does more than test; limits have their own tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language, "TIMEOUT_MS", 20_000)
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_compiling() -> Iterator[None]:
    """Compile equal bundles and templates once for all houses."""
    with compiled_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        yield


def _guarded(method: Any) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_remote(arguments[-1][0])
        return method(self, *arguments)

    return guarded


def _refuse_remote(host: str) -> None:
    if host == "localhost":
        return
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        pytest.fail(f"a test tried to reach {host}; only loopback is allowed")


@pytest.fixture(scope="session")
def copies(keyring: keys.Keyring) -> Iterator[Copies]:
    """Where tests get their databases from; PostgreSQL is started when first asked for."""
    with ExitStack() as stack:

        @cache
        def cluster() -> Cluster:
            return stack.enter_context(throw_away_cluster(places=(*memory(), *FOLDERS)))

        folder = stack.enter_context(TemporaryDirectory(dir=next(iter(memory()), None)))
        yield Copies(Path(folder), cluster)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys and authority; copied by every test."""
    folder = tmp_path_factory.mktemp("founded")
    local_adapters(read_config(instance=folder))
    return folder


@pytest.fixture(scope="session")
def postgresql_cluster(copies: Copies) -> Cluster:
    """The PostgreSQL server of this test process."""
    return copies.cluster()


@pytest.fixture
def postgresql_url(postgresql_cluster: Cluster) -> Iterator[str]:
    """The SQLAlchemy address of an empty database that is dropped after the test."""
    with postgresql_cluster.database() as url:
        yield url


@pytest.fixture(params=[SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.postgresql)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn: whatever a test does with it must hold on both."""
    found: str = request.param
    return found


@pytest.fixture
def database(copies: Copies, database_kind: str) -> Iterator[Engine]:
    """A migrated database of its own without rows."""
    with copies.bare(database_kind) as url, opened(url) as engine:
        yield engine


@pytest.fixture(scope="session")
def shared_databases(copies: Copies) -> Iterator[Callable[[str], Engine]]:
    """Give the migrated database of a kind that all tests share who undo what they do."""
    with ExitStack() as stack:

        @cache
        def shared(kind: str) -> Engine:
            return stack.enter_context(opened(stack.enter_context(copies.bare(kind))))

        yield shared


@pytest.fixture
def session(shared_databases: Callable[[str], Engine], database_kind: str) -> Iterator[Session]:
    """A session on an empty migrated database; what the test writes is undone."""
    with undone(shared_databases(database_kind)) as opened_session:
        yield opened_session


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser named by CHROMIUM, or the first one found."""
    names = (os.environ.get("CHROMIUM"), *CHROMIUM_NAMES)
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium found: `make test` installs it, or name one with CHROMIUM=")
    return found


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A headless Chromium; each test opens a context of its own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path, args=list(CHROMIUM_FLAGS)
        )
        yield chromium
        chromium.close()
