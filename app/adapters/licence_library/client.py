"""The licence library over HTTP: `PUT /licences/{identifier}` pushes, `GET` looks up.

Whatever may have an end (no connection, a time-out, a closed or overloaded library, an answer that
nobody can read) is `licence.unavailable` and may be tried again; nothing of a licence is logged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from app.adapters.licence_library.protocol import (
    Licence,
    Receipt,
    conflict,
    read_receipt,
    unavailable,
)
from app.errors import AppError

TIMEOUT_SECONDS = 15.0
LARGEST_ANSWER = 1_000_000
TRY_AGAIN = frozenset({401, 403, 408, 425, 429})


class HttpLicenceLibrary:
    """A library at an address; `token` is sent as a bearer token when the library wants one."""

    def __init__(self, address: str, *, token: str = "", timeout: float = TIMEOUT_SECONDS) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AppError("licence.bad_address", address=address)
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/")
        self._token, self._timeout = token, timeout

    def push(self, licence: Licence) -> Receipt:
        body = json.dumps(licence.data(), ensure_ascii=False).encode()
        status, answer = self._ask("PUT", licence.identifier, body)
        if status == 409:
            raise conflict(licence.identifier)
        if status not in (200, 201):
            raise AppError("licence.refused", status=status)
        return _receipt(answer, licence.identifier)

    def look_up(self, identifier: str) -> Receipt | None:
        status, answer = self._ask("GET", identifier)
        if status == 404:
            return None
        if status != 200:
            raise AppError("licence.refused", status=status)
        return _receipt(answer, identifier)

    def _ask(self, method: str, identifier: str, body: bytes | None = None) -> tuple[int, bytes]:
        kind = HTTPSConnection if self._https else HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout)
        path = f"{self._path}/licences/{quote(identifier, safe='')}"
        try:
            connection.request(method, path, body, self._headers())
            response = connection.getresponse()
            answer = response.read(LARGEST_ANSWER)
        except (OSError, HTTPException) as error:
            raise unavailable(type(error).__name__) from error
        finally:
            connection.close()
        if response.status >= 500 or response.status in TRY_AGAIN:
            raise unavailable(str(response.status))
        return response.status, answer

    def _headers(self) -> Mapping[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        return {**headers, "Authorization": f"Bearer {self._token}"} if self._token else headers


def _receipt(answer: bytes, identifier: str) -> Receipt:
    try:
        data: Any = json.loads(answer)
        receipt = read_receipt(data)
    except ValueError as error:
        raise unavailable("unreadable answer") from error
    if receipt.identifier != identifier:
        raise unavailable("answer about another licence")
    return receipt


class UnsetLicenceLibrary:
    """Stands where an installation has no library yet: says so whenever it is needed."""

    def push(self, licence: Licence) -> Receipt:
        raise AppError("licence.unset")

    def look_up(self, identifier: str) -> Receipt | None:
        raise AppError("licence.unset")
