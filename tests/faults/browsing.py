"""A browser that knows several servers and sends again what was not answered, with the same key."""

from __future__ import annotations

import http.client
import json
import random
import re
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
PATIENCE_SECONDS = 120
BUSY = 503


class NobodyAnswers(Exception):
    """No server answered for longer than a person would wait."""


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    location: str | None
    text: str
    retry_after: str | None


@dataclass
class Browser:
    """One person's browser; every request may reach another server."""

    ports: list[int]
    chance: random.Random = field(default_factory=random.Random)
    cookies: dict[str, str] = field(default_factory=dict)
    repeated: int = 0

    def get(self, path: str) -> Answer:
        """Open a page, at whichever server answers."""
        return self._patiently("GET", path, None)

    def post(self, path: str, fields: dict[str, Any], *, page: str | None = None) -> Answer:
        """Send a form with the token of its page, again and again until it is answered."""
        if "csrf_token" not in fields:
            found = TOKEN.search(self.get(page or path).text)
            fields = {"csrf_token": found[1] if found else "", **fields}
        return self._patiently("POST", path, urlencode(fields))

    def tasks(self) -> list[str]:
        """Return the ids of the tasks that wait for this person."""
        answer = self.get("/api/v1/tasks")
        return [task["id"] for task in json.loads(answer.text).get("tasks", [])]

    def become(self, account_id: str) -> None:
        """Sign in through the page of personas."""
        answer = self.post("/personas", {"account": account_id})
        assert answer.status == 302, answer

    def once(self, method: str, path: str, body: str | None) -> Answer:
        """Ask one server once; raises OSError or HTTPException when it does not answer."""
        port = self.chance.choice(self.ports)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            self.cookies.update(
                {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
            )
        wanted = response.headers
        return Answer(response.status, wanted.get("Location"), text, wanted.get("Retry-After"))

    def _patiently(self, method: str, path: str, body: str | None) -> Answer:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                answer = self.once(method, path, body)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
            else:
                if answer.status != BUSY:
                    return answer
                time.sleep(0.2)
            self.repeated += 1
        raise NobodyAnswers(path)
