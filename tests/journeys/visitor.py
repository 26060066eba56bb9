"""Somebody with a browser: follows links, fills in forms, sends what a browser would send."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import EnvironBuilder
from werkzeug.test import TestResponse

from app.bootstrap import House
from app.scheduler.virtual import find_actor

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
SIGN_IN = "/personas?q=p003"  # short, with the form's token
ANY_TOKEN = re.compile(r'(name="csrf[-_]token"[^>]*(?:value|content)=)"[^"]+"')


def without_token(page: str) -> str:
    """Return a page without what differs from second to second."""
    return ANY_TOKEN.sub(r"\1", page)


class Visitor:
    """One browser session over the test client."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.last: TestResponse | None = None
        self.account_id = ""

    def become(self, name: str, house: House) -> None:
        """Sign in through the demo's persona page."""
        self.account_id = find_actor(house, name).account_id
        answer = self.post("/personas", {"account": self.account_id}, page=SIGN_IN)
        assert answer.status_code == 302, answer.text

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        self.last = self.client.get(path)
        return self.last

    def text(self, path: str) -> str:
        """Open a page that must be there, and return its text."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:400])
        return answer.text

    def token(self, page: str) -> str:
        """Return the form token of a page."""
        found = CSRF.search(self.text(page))
        assert found, f"no form token on {page}"
        return found.group(1)

    def post(self, path: str, fields: dict[str, Any], *, page: str | None = None) -> TestResponse:
        """Send a form as the browser does from `page`; paths become uploads."""
        data = {"csrf_token": self.token(page or path), **fields}
        for name, value in data.items():
            if isinstance(value, Path):
                data[name] = (BytesIO(value.read_bytes()), value.name)
        builder = EnvironBuilder(
            self.client.application,
            path,
            method="POST",
            data=data,
            content_type="multipart/form-data",
        )
        request = builder.get_request()
        builder.close()
        self.last = self.client.open(request)
        request.environ["wsgi.input"].close()  # a large body lies in a temporary file
        return self.last

    def send_json(self, path: str, values: dict[str, Any], *, page: str) -> TestResponse:
        """Call the JSON interface as a script of the page would."""
        headers = {"X-CSRFToken": self.token(page)}
        self.last = self.client.post(path, json=values, headers=headers)
        return self.last
