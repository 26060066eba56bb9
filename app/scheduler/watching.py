"""Watching the designers' folders in a demo: a saved file is checked and published at once.

Only the packages that a change reaches are checked again, so that the answer comes within a second
or two; what was wrong elsewhere stays told until it is mended. The scenarios are played afterwards,
in a tick of their own: a demo shows how they went, elsewhere they stand before the publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from app.bootstrap import House
from app.bootstrap.plans import make_plan
from app.bootstrap.setting_up import gathered
from app.engine.bundles import digest
from app.engine.package import NOTICE_FOLDER, process_keys
from app.engine.simulation import scenario_files
from app.errors import AppError, DefinitionError
from app.messages import message, sentences
from app.scheduler.scenarios import test_processes

SUFFIXES = frozenset({".bpmn", ".dmn", ".form", ".toml", ".yaml"})
OWNER = "demo"
Mark = tuple[str, ...]


class FolderWatch:
    """Looks at modification times; every tick publishes what was saved since the last.

    `errors` are those of the packages that could not be published when the watch began.
    """

    def __init__(
        self,
        house: House,
        *,
        tell: Callable[[str], None],
        errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._house = house
        self._tell = tell
        self._errors = {key: list(lines) for key, lines in (errors or {}).items()}
        self._failures: dict[str, list[str]] = {}
        self._unplayed: set[str] = set()
        self._seen = self._stamps()
        self._marks = self._all_marks()

    def _stamps(self) -> dict[Path, int]:
        config = self._house.config
        notices = config.workflows.parent / NOTICE_FOLDER
        return {
            path: path.stat().st_mtime_ns
            for folder in (config.workflows, config.forms, notices)
            for path in folder.rglob("*")
            if path.suffix in SUFFIXES and path.is_file()
        }

    def _all_marks(self) -> dict[str, Mark]:
        return {key: self._mark(key) for key in process_keys(self._house.config.workflows)}

    def _mark(self, key: str) -> Mark:
        """Return what tells one state of a package, and of what its check depends on."""
        try:
            package, callers = gathered(self._house, key)
        except DefinitionError as error:
            return (error.code, *map(str, error.fields.values()))
        scenarios = [path.name for path in scenario_files(self._house.config.workflows, key)]
        return (digest(package), *map(digest, callers), *scenarios)

    def look(self) -> None:
        """Publish what changed; errors are told and shown in the pages until they are mended."""
        try:
            stamps = self._stamps()
            if stamps == self._seen:
                return
            marks = self._all_marks()
        except OSError:
            return  # a file went away while it was read; the next tick sees what is there then
        self._seen, before, self._marks = stamps, self._marks, marks
        changed = [key for key, mark in marks.items() if before.get(key) != mark]
        for told in (self._errors, self._failures):
            for key in set(told) - set(marks):
                del told[key]
        self._publish_each(changed)
        self._show()
        for line in _once(self._errors[key] for key in changed):
            self._tell(line)
        published = [key for key in changed if not self._errors[key]]
        if published:
            self._tell(message("watch.published", keys="、".join(published)))

    def _publish_each(self, changed: Sequence[str]) -> None:
        """Publish each with those that use what changed in it: together, or none of them."""
        left = list(changed)
        while left:
            try:
                together, lines = self._publish(left[0])
            except Exception as error:  # a designer's file must never stop the watch of the others
                reason = str(error)[:300]
                together, lines = left[:1], [message("watch.failed", key=left[0], reason=reason)]
            self._errors.update(dict.fromkeys(together, lines))
            left = [key for key in left if key not in together]

    def _publish(self, key: str) -> tuple[Sequence[str], list[str]]:
        plan = make_plan(self._house, [key])
        if not plan.findings:
            self._house.engine.publish_together(plan.changes, published_by=OWNER)
            self._unplayed.update(change.key for change in plan.new)
        return [key, *plan.keys], [finding.line for finding in plan.findings]

    def rehearse(self) -> None:
        """Play the scenarios of what was published since, and tell how they went."""
        keys = []
        while self._unplayed:
            keys.append(self._unplayed.pop())
        if not keys:
            return
        names = "、".join(sorted(keys))
        try:
            report = test_processes(self._house.config, keys, operations=self._house.tools.registry)
            failures, played = report.failures(), len(report.outcomes)
        except AppError as error:
            failures, played = sentences(error), 0
        lines = [message("watch.not_green", line=line) for line in failures]
        self._failures.update(dict.fromkeys(keys, lines))
        self._show()
        for line in lines or [message("watch.green", keys=names, played=played)]:
            self._tell(line)

    def _show(self) -> None:
        told = [*self._errors.values(), *self._failures.values()]
        self._house.designer_errors[:] = _once(told)


def _once(groups: Iterable[Sequence[str]]) -> list[str]:
    """Return all lines; a fault that several packages share is told once."""
    lines: dict[str, None] = {}
    for group in groups:
        lines.update(dict.fromkeys(group))
    return list(lines)
