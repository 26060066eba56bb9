"""The demo as `make run` serves it, in this process: web server, scheduler, an own database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import waitress
from flask import Flask

from app.adapters.licence_library import running_library
from app.bootstrap import House
from app.bootstrap.setting_up import publish_all, set_up
from app.config import Config, read_config
from app.db.installation import DEMO
from app.scheduler.metronome import start
from app.web import create_app
from app.web.extensions import db


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    app: Flask
    house: House
    address: str


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Serve a fresh demo on a free port of the loopback until the block ends."""
    config = read_config(instance=folder)
    with running_library() as library:
        config = replace(config, licence_library=library.url)
        yield from _running(config, folder)


def _running(config: Config, folder: Path) -> Iterator[Demo]:
    server_socket = _free_port()
    address = f"http://127.0.0.1:{server_socket}"
    config = replace(config, database_url=f"sqlite:///{folder / 'titles.db'}", base_url=address)
    app = create_app(config)
    house: House = app.extensions["house"]
    with app.app_context():
        set_up(house, kind=DEMO)
        assert publish_all(house) == []
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
