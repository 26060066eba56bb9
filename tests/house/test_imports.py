"""Each package is imported by the part of the house whose job it carries, and nowhere else.

The table is "Who carries what" of the design; a package that nobody imports any more fails too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Module, lines, modules

PLACES = {
    "SpiffWorkflow": ["app.engine.spiff"],
    "apscheduler": ["app.scheduler"],
    "argon2": ["app.domain.accounts"],
    "chinese_calendar": ["app.domain.calendar"],
    "cryptography": ["app.db.keys", "app.adapters"],
    "flask": ["app.web", "app.cli"],
    "flask_sqlalchemy": ["app.web.extensions"],
    "flask_wtf": ["app.web"],
    "fontTools": ["app.adapters"],
    "holidays": ["app.domain.calendar"],
    "jinja2": ["app.adapters.documents", "app.domain.notifications", "app.web"],
    "lxml": ["app.decisions", "app.engine"],
    "marshmallow": ["app.forms", "app.web.api"],
    "py_mini_racer": ["app.feel"],
    "pyhanko": ["app.adapters"],
    "qrcode": ["app.adapters.qr"],
    "weasyprint": ["app.adapters.pdf"],
    "yaml": ["app.engine.simulation"],
}


@pytest.mark.parametrize("package", PLACES)
def test_package_is_imported_only_where_its_job_is(package: str) -> None:
    importers = {module.name for module in modules("app") if package in set(_imported(module))}
    elsewhere = {name for name in importers if not _within(name, PLACES[package])}

    assert importers, f"{package} is imported nowhere: use it or take it out of pyproject.toml"
    assert not elsewhere, lines(elsewhere)


def _imported(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def _within(name: str, places: list[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)
