"""Django as it is set up for the peer: the same database, as durable, and nothing beside it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

# What `app.db.unit_of_work` sets for the house.
SQLITE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"


def database(address: str) -> dict[str, Any]:
    """Return Django's words for one of the house's database addresses."""
    if address.startswith("sqlite:///"):
        options = {"transaction_mode": "IMMEDIATE", "init_command": SQLITE, "timeout": 5}
        engine = "django.db.backends.sqlite3"
        return {"ENGINE": engine, "NAME": address.removeprefix("sqlite:///"), "OPTIONS": options}
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "HOST": parse_qs(parts.query)["host"][0],
        "CONN_MAX_AGE": None,
    }


def settings(address: str) -> dict[str, Any]:
    """Return everything that Django is configured with."""
    return {
        "DATABASES": {"default": database(address)},
        "INSTALLED_APPS": [
            "django.contrib.auth", "django.contrib.contenttypes", "viewflow", "viewflow.workflow",
            "bench.peers.viewflow.line",
        ],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "SECRET_KEY": "bench",
    }  # fmt: skip
