"""A small licence library of our own, for tests and the demo: a book behind real HTTP on loopback.

It forgets everything when it ends. `PUT /mood` sets what it should do wrong, so that a person at a
demo can see a failure too; nothing here is meant for a network.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from app.adapters.licence_library.book import Book, LostAnswer
from app.adapters.licence_library.protocol import read_licence
from app.errors import AppError

LOOPBACK = "127.0.0.1"
PREFIX = "/licences/"
LARGEST_BODY = 4_000_000
STATUS = {"licence.conflict": 409, "licence.unavailable": 503}
MOODS = {"fail_next": int, "lose_next": int, "silent": bool, "refuse": str, "slow_seconds": float}


class LibraryServer(ThreadingHTTPServer):
    """The library's HTTP server; it listens from the start, `serve_forever` answers."""

    daemon_threads = True

    def __init__(self, book: Book | None = None, *, port: int = 0, token: str = "") -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.book = Book() if book is None else book
        self.token = token

    @property
    def url(self) -> str:
        """Where the library is reached."""
        return f"http://{LOOPBACK}:{self.server_port}"


@contextmanager
def running_library(
    book: Book | None = None, *, port: int = 0, token: str = ""
) -> Iterator[LibraryServer]:
    """Serve a library in a thread of its own until the block ends."""
    with LibraryServer(book, port=port, token=token) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    server: LibraryServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._answer_with(self._look_up)

    def do_PUT(self) -> None:
        self._answer_with(self._set_mood if self.path == "/mood" else self._push)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: addresses hold licence identifiers."""

    def _answer_with(self, act: Any) -> None:
        expected = f"Bearer {self.server.token}"
        if self.server.token and not hmac.compare_digest(
            self.headers.get("Authorization", ""), expected
        ):
            self.close_connection = True
            self._send(401, {})
            return
        try:
            self._send(*act())
        except LostAnswer:
            self.close_connection = True
        except ValueError:
            self.close_connection = True
            self._send(400, {})
        except AppError as error:
            self._send(STATUS[error.code], {"code": error.code})

    def _look_up(self) -> tuple[int, dict[str, Any]]:
        receipt = self.server.book.look_up(self._identifier())
        return (404, {}) if receipt is None else (200, receipt.data())

    def _push(self) -> tuple[int, dict[str, Any]]:
        licence = read_licence(self._body())
        if licence.identifier != self._identifier():
            raise ValueError("the address names another licence")
        receipt, new = self.server.book.push(licence)
        return (201 if new else 200), receipt.data()

    def _set_mood(self) -> tuple[int, dict[str, Any]]:
        given = self._body()
        if not isinstance(given, dict) or set(given) - set(MOODS):
            raise ValueError("unknown mood")
        for name, value in given.items():
            setattr(self.server.book, name, MOODS[name](value))
        return 200, {name: getattr(self.server.book, name) for name in MOODS}

    def _identifier(self) -> str:
        if not self.path.startswith(PREFIX):
            raise ValueError("no such address")
        return unquote(self.path.removeprefix(PREFIX))

    def _body(self) -> Any:
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= LARGEST_BODY:
            raise ValueError("too large")
        return json.loads(self.rfile.read(length))

    def _send(self, status: int, data: dict[str, Any]) -> None:
        body = json.dumps(data, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the caller has gone
