"""The parts that `make test` sets up around the application are there and work."""

from __future__ import annotations

import socket

import pytest
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text

from tests.databases import Cluster


@pytest.mark.postgresql
def test_a_database_of_its_own_answers_and_is_dropped(postgresql_cluster: Cluster) -> None:
    before = _databases(postgresql_cluster)
    with postgresql_cluster.database() as url:
        engine = create_engine(url)
        with engine.connect() as connection:
            answer = connection.execute(text("SELECT '职称'")).scalar_one()
        engine.dispose()

    assert answer == "职称"
    assert _databases(postgresql_cluster) == before


def _databases(cluster: Cluster) -> set[str]:
    """Return the names of all databases; other tests keep set-up ones to copy from."""
    with cluster.connect() as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


@pytest.mark.browser
def test_chromium_opens_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<title>职称证书</title>")

    title = page.title()
    page.close()

    assert title == "职称证书"


def test_connections_leaving_the_machine_are_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        pytest.raises(pytest.fail.Exception, match="only loopback"),
    ):
        datagrams.connect(("192.0.2.1", 9))
