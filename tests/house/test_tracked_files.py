"""Committed files hold no registry's host name and no path of the machine they were written on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.house.source import ROOT, files, lines

# In parts, or this file would name them.
HOSTS = (
    "python" + "hosted.",
    "py" + "pi.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "deb." + "debian",
)
# Absolute paths into a work tree, a job's folder or somebody's home.
MACHINE_PATHS = re.compile(r"(?<![\w$}~.-])/(work/(main|shared)|tmp/bash_jobs|root|home/[a-z]+)/")
BINARY = {".png", ".jpg", ".pdf", ".woff2", ".ttf", ".otf", ".p12", ".xlsx", ".ico", ".db"}


def test_no_registry_is_named() -> None:
    assert not [f"{path} names {host}" for path, text in _texts() for host in HOSTS if host in text]


def test_no_path_of_a_machine_is_named() -> None:
    named = [
        f"{path}: {found.group()}"
        for path, text in _texts()
        for found in MACHINE_PATHS.finditer(text)
    ]

    assert not named, lines(named)


def _texts() -> Iterator[tuple[str, str]]:
    for path in files():
        file = ROOT / path
        if file.suffix not in BINARY:
            yield path, file.read_text(encoding="utf-8", errors="replace")
