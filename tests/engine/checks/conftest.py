"""The good package that the tests of the publish check break."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import build_tools
from app.engine.package import read_package
from app.feel import Feel
from tests.engine.checks.editing import Draft
from tests.engine.houses import PACKAGES, Workshop, config_for


@pytest.fixture
def good(house_feel: Feel, tmp_path: Path) -> Draft:
    """A package without a fault."""
    package = read_package(
        "reading_room", workflows=PACKAGES / "workflows", forms=PACKAGES / "forms"
    )
    registry = Workshop().registry()
    return Draft(package, build_tools(config_for(tmp_path), operations=registry, feel=house_feel))
