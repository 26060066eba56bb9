"""Editing a good package in memory, so that each test breaks one thing alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.bootstrap.setting_up import ROLES
from app.engine.checks import Finding, check_package
from app.engine.package import Package
from app.engine.situation import Tools

DRAWING = "workflows/reading_room/reading_room.bpmn"
ABOUT = "workflows/reading_room/process.toml"
RULES = "workflows/reading_room/reading_room.dmn"
CHECK_FORM = "forms/reading_room/check.form"
CLAUSES = "workflows/legal_basis.toml"


@dataclass(frozen=True)
class Draft:
    """A package being edited, and the tools it is checked with."""

    package: Package
    tools: Tools

    def edited(self, old: str, new: str, path: str = DRAWING, *, everywhere: bool = False) -> Draft:
        """Replace a text that must be there."""
        text = self.package.files[path]
        assert old in text, f"{old!r} is not in {path}"
        files = {**self.package.files, path: text.replace(old, new, -1 if everywhere else 1)}
        return replace(self, package=replace(self.package, files=files))

    def without(self, path: str) -> Draft:
        """Leave a file out."""
        files = {name: text for name, text in self.package.files.items() if name != path}
        assert len(files) < len(self.package.files)
        return replace(self, package=replace(self.package, files=files))

    def check(self, scenarios: tuple[str, ...] = ("one.yaml",)) -> list[Finding]:
        """Return the findings."""
        return check_package(self.package, self.tools, roles=ROLES, scenarios=scenarios)
