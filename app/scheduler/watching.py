"""Watching the designers' folders in a demo: a saved file is checked and published at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.bootstrap import House
from app.bootstrap.setting_up import publish_process
from app.engine.package import process_keys
from app.messages import message

SUFFIXES = frozenset({".bpmn", ".dmn", ".form", ".toml", ".yaml"})
OWNER = "demo"


class FolderWatch:
    """Looks at modification times; every tick publishes what was saved since the last."""

    def __init__(self, house: House, *, tell: Callable[[str], None]) -> None:
        self._house = house
        self._tell = tell
        self._seen = self._stamps()

    def _stamps(self) -> dict[Path, int]:
        config = self._house.config
        return {
            path: path.stat().st_mtime_ns
            for folder in (config.workflows, config.forms)
            for path in folder.rglob("*")
            if path.suffix in SUFFIXES and path.is_file()
        }

    def look(self) -> None:
        """Publish what changed; errors are told and shown in the pages until they are mended."""
        stamps = self._stamps()
        if stamps == self._seen:
            return
        self._seen = stamps
        errors: list[str] = []
        for key in process_keys(self._house.config.workflows):
            errors += [f.line for f in publish_process(self._house, key, published_by=OWNER)]
        self._house.designer_errors[:] = errors
        for line in errors or [message("watch.published")]:
            self._tell(line)
