"""The procedures as designers know them: files, published versions, instances; only reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.bootstrap.setting_up import check_process
from app.domain.accounts import Account
from app.engine.package import Package, process_keys, read_package
from app.engine.simulation import scenario_files
from app.engine.tables import ACTIVE, Bundle, ProcessInstance
from app.errors import DefinitionError
from app.web.extensions import house

FAULTY, CHANGED, UNCHANGED, NEW, GONE = "faulty", "changed", "unchanged", "new", "gone"


@dataclass(frozen=True)
class Version:
    """A published version and how many instances run on it."""

    number: int
    title: str
    published_at: datetime
    published_by: str
    note: str
    digest: str
    running: int


@dataclass(frozen=True)
class Procedure:
    """A procedure in the list."""

    key: str
    title: str
    order: int
    state: str
    faults: int
    scenarios: int
    versions: Sequence[Version]

    @property
    def newest(self) -> Version | None:
        """The version that new cases get."""
        return self.versions[0] if self.versions else None


def procedures(session: Session) -> list[Procedure]:
    """Return every procedure of the folders and every published one, in the designers' order."""
    there = process_keys(house().config.workflows)
    versions = versions_by_key(session)
    packages = {key: read for key in there if (read := _package(key)) is not None}
    changed = {one.key for one in house().engine.compare(packages, list(packages)) if one.is_new}
    found = [
        _procedure(key, packages.get(key), versions.get(key, []), key in changed) for key in there
    ]
    found += [
        Procedure(key, known[0].title, 0, GONE, 0, 0, known)
        for key, known in versions.items()
        if key not in there
    ]
    return sorted(found, key=lambda one: (one.state == GONE, one.order, one.key))


def _procedure(
    key: str, package: Package | None, versions: Sequence[Version], changed: bool
) -> Procedure:
    faults = len(check_process(house(), key))
    about = package.descriptor if package is not None else None
    title = about.title if about else (versions[0].title if versions else key)
    scenarios = len(scenario_files(house().config.workflows, key))
    order = about.order if about else 0
    state = _state(faults, bool(versions), changed)
    return Procedure(key, title, order, state, faults, scenarios, versions)


def _state(faults: int, published: bool, changed: bool) -> str:
    if faults:
        return FAULTY
    if not published:
        return NEW
    return CHANGED if changed else UNCHANGED


def _package(key: str) -> Package | None:
    config = house().config
    try:
        return read_package(key, workflows=config.workflows, forms=config.forms)
    except DefinitionError:
        return None


def versions_by_key(session: Session, key: str | None = None) -> Mapping[str, list[Version]]:
    """Return the versions of all procedures, or of one, the newest first."""
    counts = select(ProcessInstance.bundle_id, func.count()).where(ProcessInstance.status == ACTIVE)
    running = {
        row[0]: row[1] for row in session.execute(counts.group_by(ProcessInstance.bundle_id))
    }
    columns = (
        Bundle.id, Bundle.process_key, Bundle.version, Bundle.title, Bundle.published_at,
        Bundle.published_by, Bundle.note, Bundle.sha256,
    )  # fmt: skip
    query = select(*columns).order_by(Bundle.process_key, Bundle.version.desc())
    rows = session.execute(query if key is None else query.where(Bundle.process_key == key)).all()
    names = _names(session, {row.published_by for row in rows})
    found: dict[str, list[Version]] = {}
    for row in rows:
        by = names.get(row.published_by, row.published_by)
        version = Version(
            row.version, row.title, row.published_at, by, row.note, row.sha256,
            running.get(row.id, 0),
        )  # fmt: skip
        found.setdefault(row.process_key, []).append(version)
    return found


def _running(session: Session) -> dict[str, int]:
    query = select(ProcessInstance.bundle_id, func.count())
    query = query.where(ProcessInstance.status == ACTIVE).group_by(ProcessInstance.bundle_id)
    return {row[0]: row[1] for row in session.execute(query)}


def _names(session: Session, publishers: set[str]) -> dict[str, str]:
    """Return the names of the accounts among those who published; commands say what they are."""
    query = select(Account.id, Account.display_name).where(Account.id.in_(publishers))
    return {row[0]: row[1] for row in session.execute(query)}
