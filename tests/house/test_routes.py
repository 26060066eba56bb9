"""Every route says who may call it; one that says nothing would never be served, and fails here."""

from __future__ import annotations

from pathlib import Path

from app.config import read_config
from app.web import create_app
from app.web.access_rules import rule_of
from tests.house.source import lines

# Flask's own route of the built bundles: no personal data, needed before anybody is signed in.
OPEN = {"static"}


def test_every_route_has_an_access_rule(tmp_path: Path) -> None:
    app = create_app(read_config(instance=tmp_path))
    routes = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in OPEN]
    without = [rule.rule for rule in routes if rule_of(app.view_functions[rule.endpoint]) is None]

    assert routes, "the app has no routes"
    assert not without, lines(without)
