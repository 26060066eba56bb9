"""Published bundles: immutable, numbered per process, compiled once per process of the house."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from types import NoneType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.base import new_id
from app.db.contention import take_turn
from app.decisions import Decision, parse_decisions
from app.domain.notifications.composing import NoticeTemplate, read_template
from app.engine.package import (
    LEGAL_BASIS,
    NOTICE_FOLDER,
    Descriptor,
    Package,
    check_size,
    form_path,
    read_descriptor,
    read_toml,
)
from app.engine.spiff import Definition, Element, load_definition
from app.engine.tables import Bundle
from app.errors import DefinitionError, DomainError, EngineError
from app.messages import sentence

KEPT = 64
TURN = "publish"


@dataclass(frozen=True)
class Compiled:
    """A bundle ready to run."""

    id: str
    key: str
    version: int
    descriptor: Descriptor
    definition: Definition
    decisions: Mapping[str, Decision]
    forms: Mapping[str, Any]
    clauses: Mapping[str, Any]
    notices: Mapping[str, NoticeTemplate]
    files: Mapping[str, str]

    def form_of(self, element: Element) -> Any | None:
        """Return the form pinned for a start event or user task, or None."""
        if not element.form_id:
            return None
        owner = element.file.split("/")[1]
        return self.forms[form_path(element.form_id, owner)]

    def clause(self, key: str | None, on: date) -> str | None:
        """Return the clause text in force on a day, as it is stored with a completed task."""
        entry = self.clauses.get(key or "")
        if entry is None:
            return None
        since, until = entry.get("from"), entry.get("to")
        if (since and on < since) or (until and on > until):
            return None
        return f"{entry['document']} {entry['article']}：{entry['text']}"


FormLoader = Callable[[bytes, str], Any]


def compile_package(
    package: Package, load_form: FormLoader, *, bundle_id: str = "", version: int = 0
) -> Compiled:
    """Parse everything of a package; raises DefinitionError with file, element and remedy."""
    check_size(package.files, package.scenarios)
    sources = {path: text.encode() for path, text in package.named(".bpmn").items()}
    definition = load_definition(sources, package.key)
    decisions: dict[str, Decision] = {}
    for path, text in package.named(".dmn").items():
        for decision in parse_decisions(text.encode(), path):
            if decision.id in decisions:
                raise DefinitionError("package.decision_twice", file=path, element=decision.id)
            decisions[decision.id] = decision
    forms = {path: load_form(text.encode(), path) for path, text in package.named(".form").items()}
    legal = package.files.get(LEGAL_BASIS, "")
    return Compiled(
        bundle_id,
        package.key,
        version,
        package.descriptor,
        definition,
        decisions,
        forms,
        _clauses(legal),
        _notices(package),
        package.files,
    )


def _notices(package: Package) -> Mapping[str, NoticeTemplate]:
    found: dict[str, NoticeTemplate] = {}
    for path, text in package.files.items():
        if path.startswith(f"{NOTICE_FOLDER}/"):
            key = path.removeprefix(f"{NOTICE_FOLDER}/").removesuffix(".toml")
            try:
                found[key] = read_template(text, key)
            except DomainError as error:
                raise DefinitionError(
                    "package.notice", file=path, element=key, reason=sentence(error)
                ) from error
    return found


def _clauses(text: str) -> Mapping[str, Any]:
    try:
        clauses = read_toml(text)
    except ValueError as error:
        raise DefinitionError(
            "package.legal_basis_toml", file=LEGAL_BASIS, reason=str(error)
        ) from error
    for key, entry in clauses.items():
        if not _is_clause(entry):
            raise DefinitionError("package.legal_basis_entry", file=LEGAL_BASIS, element=key)
    return clauses


def _is_clause(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    days = all(type(entry.get(name)) in (date, NoneType) for name in ("from", "to"))
    return days and all(
        isinstance(entry.get(name), str) for name in ("document", "article", "text")
    )


def digest(package: Package) -> str:
    """Return the SHA-256 over all files; equal packages have equal digests."""
    return hashlib.sha256(_canonical(package).encode()).hexdigest()


def _canonical(package: Package) -> str:
    return json.dumps(dict(package.files), ensure_ascii=False, sort_keys=True)


def latest(session: Session, key: str) -> Bundle | None:
    """Return the newest bundle of a process, or None."""
    query = select(Bundle).where(Bundle.process_key == key)
    return session.scalars(query.order_by(Bundle.version.desc()).limit(1)).first()


def numbered(session: Session, key: str, version: int) -> Bundle | None:
    """Return one version of a process, or None."""
    query = select(Bundle).where(Bundle.process_key == key, Bundle.version == version)
    return session.scalars(query).first()


def store(
    session: Session, package: Package, *, published_by: str, now: datetime, note: str = ""
) -> Bundle:
    """Write a package as the next version; an unchanged package keeps its version.

    Whoever publishes at the same time waits, so that versions have no gaps.
    """
    take_turn(session, TURN)
    newest = latest(session, package.key)
    sha256 = digest(package)
    if newest is not None and newest.sha256 == sha256:
        return newest
    bundle = Bundle(
        id=new_id(),
        process_key=package.key,
        version=newest.version + 1 if newest is not None else 1,
        title=package.descriptor.title,
        sha256=sha256,
        files=_canonical(package),
        scenarios=_packed(package.scenarios),
        published_at=now,
        published_by=published_by,
        note=note,
    )
    session.add(bundle)
    return bundle


def _packed(scenarios: Mapping[str, bytes]) -> str:
    return json.dumps({path: base64.b64encode(data).decode() for path, data in scenarios.items()})


def unpack(bundle: Bundle) -> Package:
    """Return the package that a bundle was published from; raises when it was tampered with."""
    if hashlib.sha256(bundle.files.encode()).hexdigest() != bundle.sha256:
        raise EngineError("engine.bundle_changed", bundle=bundle.id)
    files: dict[str, str] = json.loads(bundle.files)
    path = f"workflows/{bundle.process_key}/process.toml"
    packed = json.loads(bundle.scenarios)
    scenarios = {name: base64.b64decode(data) for name, data in packed.items()}
    return Package(bundle.process_key, files, read_descriptor(files[path], path), scenarios)


class BundleCache:
    """Compiled bundles by id; bundles never change, so nothing here grows stale."""

    def __init__(self, load_form: FormLoader) -> None:
        self._load_form = load_form
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = Lock()

    def get(self, session: Session, bundle_id: str) -> Compiled:
        """Return a bundle ready to run, compiling it on first use."""
        with self._lock:
            if bundle_id in self._compiled:
                self._compiled.move_to_end(bundle_id)
                return self._compiled[bundle_id]
        row = session.get(Bundle, bundle_id)
        if row is None:
            raise EngineError("engine.bundle_missing", bundle=bundle_id)
        compiled = self._compile(row)
        with self._lock:
            self._compiled[bundle_id] = compiled
            while len(self._compiled) > KEPT:
                self._compiled.popitem(last=False)
        return compiled

    def _compile(self, row: Bundle) -> Compiled:
        return compile_package(unpack(row), self._load_form, bundle_id=row.id, version=row.version)

    def newest(self, session: Session, key: str) -> Compiled:
        """Return the newest bundle of a process; raises when none is published."""
        row = latest(session, key)
        if row is None:
            raise EngineError("engine.process_unknown", process=key)
        return self.get(session, row.id)

    def newest_of_all(self, session: Session) -> list[Compiled]:
        """Return the newest bundle of every process, in the designers' order."""
        last = select(Bundle.process_key, func.max(Bundle.version).label("version"))
        last_of = last.group_by(Bundle.process_key).subquery()
        query = select(Bundle.id).join(
            last_of,
            (Bundle.process_key == last_of.c.process_key) & (Bundle.version == last_of.c.version),
        )
        found = [self.get(session, each) for each in session.scalars(query)]
        return sorted(found, key=lambda each: (each.descriptor.order, each.key))
