"""The demo as `make run` serves it, in this process: web server, scheduler, an own database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import waitress
from flask import Flask
from sqlalchemy import Engine

from app.adapters.licence_library import running_library
from app.bootstrap import House
from app.bootstrap.setting_up import publish_all, set_up
from app.config import Config, read_config
from app.db.installation import DEMO
from app.scheduler.metronome import start
from app.web import create_app
from app.web.extensions import db
from tests.copies import address_of


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    app: Flask
    house: House
    address: str


def found_demo(folder: Path, database: Engine) -> None:
    """Fill a database and publish the processes, as `make run` begins."""
    app = create_app(replace(read_config(instance=folder), database_url=address_of(database)))
    house: House = app.extensions["house"]
    with app.app_context():
        set_up(house, kind=DEMO)
        assert publish_all(house) == []
        db.engine.dispose()


@contextmanager
def running_demo(folder: Path, database_url: str) -> Iterator[Demo]:
    """Serve a founded demo on a free port of the loopback until the block ends."""
    config = replace(read_config(instance=folder), database_url=database_url)
    with running_library() as library:
        yield from _running(replace(config, licence_library=library.url))


def _running(config: Config) -> Iterator[Demo]:
    server_socket = _free_port()
    address = f"http://127.0.0.1:{server_socket}"
    app = create_app(replace(config, base_url=address))
    house: House = app.extensions["house"]
    scheduler = start(house)
    server = waitress.create_server(app, host="127.0.0.1", port=server_socket, threads=6)
    closing = threading.Event()

    def serve() -> None:
        try:
            server.run()
        except OSError:
            if not closing.is_set():  # its poll may meet the socket that was closed under it
                raise

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Demo(app, house, address)
    finally:
        scheduler.shutdown(wait=True)
        closing.set()
        server.close()
        thread.join(timeout=5)
        with app.app_context():
            db.engine.dispose()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
