"""Plans of publication: what lies in the designers' folders, what it would change, what is wrong.

A plan holds the packages as they were read once, so that what was checked is what is published.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.bootstrap.house import House
from app.domain.codes import code_list
from app.engine.checks import Finding, check_package
from app.engine.package import Package, process_keys, read_package
from app.engine.publishing import Change, published, touched_by
from app.errors import DefinitionError

ROLES = frozenset(code.code for code in code_list("roles"))


@dataclass(frozen=True)
class Plan:
    """What publishing would do, dependants included, and why it may not."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The processes asked for and their dependants."""
        return tuple(change.key for change in self.changes)

    @property
    def new(self) -> tuple[Change, ...]:
        """The changes that make a new version."""
        return tuple(change for change in self.changes if change.is_new)


@dataclass(frozen=True)
class Folders:
    """All packages of the designers' folders, and why the others cannot be read."""

    packages: Mapping[str, Package]
    unread: Mapping[str, DefinitionError]


def make_plan(house: House, keys: Sequence[str]) -> Plan:
    """Read, compare and check; nothing is changed."""
    folders = _read(house, keys)
    asked = [key for key in keys if key in folders.packages]
    changes = house.engine.compare(folders.packages, asked)
    findings = [*_unread(house, folders, keys, changes)]
    for change in changes:
        findings += _checked(house, change.package, folders.packages)
    return Plan(tuple(changes), tuple(dict.fromkeys(findings)))


def _read(house: House, keys: Iterable[str]) -> Folders:
    config = house.config
    packages: dict[str, Package] = {}
    unread: dict[str, DefinitionError] = {}
    for key in dict.fromkeys([*keys, *process_keys(config.workflows)]):
        try:
            packages[key] = read_package(key, workflows=config.workflows, forms=config.forms)
        except DefinitionError as error:
            unread[key] = error
    return Folders(packages, unread)


def _unread(
    house: House, folders: Folders, keys: Sequence[str], changes: Sequence[Change]
) -> Iterator[Finding]:
    """Say what cannot be read of the packages asked for and of published dependants."""
    if not folders.unread:
        return
    with house.unit_of_work() as session:
        before = published(session, folders.unread)
    files = {path for change in changes for path in change.files}
    for key in dict.fromkeys([*keys, *touched_by(files, before)]):
        if key in folders.unread:
            yield Finding.from_error(folders.unread[key])


def _checked(house: House, package: Package, all_of_them: Mapping[str, Package]) -> list[Finding]:
    drawing = f"workflows/{package.key}/{package.key}.bpmn"
    callers = [
        each
        for each in all_of_them.values()
        if drawing in each.files and each.key != package.key and not package.descriptor.starter
    ]
    told = [path for path in package.scenarios if path.endswith(".yaml")]
    return check_package(package, house.tools, roles=ROLES, scenarios=told, callers=callers)
