"""Building the house: one object that holds everything, put together once per process.

Web, workers and commands all start here. Tests build the same house with fakes.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine as Database
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.adapters.authority import create_authority
from app.adapters.captcha import Captcha, LocalCaptcha
from app.adapters.licence_library import (
    FakeLicenceLibrary,
    HttpLicenceLibrary,
    LicenceLibrary,
    UnsetLicenceLibrary,
)
from app.adapters.pdf import PdfRenderer, WeasyPrintRenderer
from app.adapters.seals import prescribed_seals
from app.adapters.signer import LocalSigner, Signer
from app.adapters.sms import DemoSms, Sms
from app.adapters.storage import FolderStorage, Storage
from app.bootstrap.forms import Forms
from app.clock import Clock, OffsetClock
from app.config import ROOT, Config
from app.db import keys
from app.db.installation import Installation, move_clock
from app.db.unit_of_work import UnitOfWork, prepare, unit_of_work
from app.engine.bundles import BundleCache
from app.engine.engine import Engine
from app.engine.registry import Registry
from app.engine.situation import Tools
from app.feel import Feel
from app.operations import registry

FRESH_SECONDS = 0.5
OPINION_FORM = "forms/shared/signer_opinion.form"


@dataclass(frozen=True)
class Adapters:
    """The doors to the world outside."""

    pdf: PdfRenderer
    signer: Signer
    storage: Storage
    sms: Sms
    # Without a key of the house only this process can judge its own challenges.
    captcha: Captcha = field(default_factory=lambda: LocalCaptcha(secrets.token_bytes(32)))
    # `local_adapters` names one; without it, as in scenarios, the library stays in memory.
    licence_library: LicenceLibrary = field(default_factory=FakeLicenceLibrary)


class InstallationClock:
    """Legal time of a database: the system's, moved by what a demo has added to it."""

    def __init__(self, database: Database) -> None:
        # Who asks may be inside a unit of work: a second connection of the same pool could be one
        # too many, so this one is opened for the question and closed again.
        self._database = prepare(
            create_engine(database.url, poolclass=NullPool, hide_parameters=True)
        )
        self._clock = OffsetClock()
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                self._clock.offset = self._offset()
                self._read_at = time.monotonic()
            return self._clock.now()

    def forget(self) -> None:
        """Read the offset again at the next question."""
        with self._lock:
            self._read_at = float("-inf")

    def _offset(self) -> timedelta:
        with Session(self._database) as session:
            row = session.get(Installation, 1)
            return timedelta(seconds=row.clock_offset_seconds if row else 0)


@dataclass(frozen=True)
class House:
    """Everything a request, a worker or a command needs."""

    config: Config
    database: Database
    unit_of_work: Callable[[], AbstractContextManager[Session]]
    clock: Clock
    engine: Engine
    tools: Tools
    adapters: Adapters
    designer_errors: list[str] = field(default_factory=list)

    def move_clock(self, target: datetime) -> int:
        """Move a demo's legal time forward; what is due on the way fires. Returns how much did."""
        with self.unit_of_work() as session:
            move_clock(session, target - self.clock.now())
        if isinstance(self.clock, InstallationClock):
            self.clock.forget()
        return self.engine.fire_all_due()


def local_adapters(config: Config) -> Adapters:
    """Return the embedded adapters; the test authority is made on first use."""
    authority = config.instance / "authority"
    create_authority(authority, prescribed_seals().values())
    return Adapters(
        pdf=WeasyPrintRenderer(),
        signer=LocalSigner(authority),
        storage=FolderStorage(config.instance / "files"),
        sms=DemoSms(),
        captcha=LocalCaptcha(config.secret_key.encode()),
        licence_library=licence_library(config),
    )


def licence_library(config: Config) -> LicenceLibrary:
    """Return the library of the settings; without one, pushing says what is missing."""
    if not config.licence_library:
        return UnsetLicenceLibrary()
    return HttpLicenceLibrary(config.licence_library, token=config.licence_library_token)


def build_tools(
    config: Config, *, operations: Registry = registry, feel: Feel | None = None
) -> Tools:
    """Return the engine's tools; no database is touched."""
    isolate = feel or Feel(config.feel_bundle)
    forms = Forms(isolate)
    opinion = forms.load((ROOT / OPINION_FORM).read_bytes(), OPINION_FORM)
    return Tools(isolate, operations, forms, BundleCache(forms.load), opinion)


def build(
    config: Config,
    database: Database,
    *,
    adapters: Adapters | None = None,
    clock: Clock | None = None,
    tools: Tools | None = None,
    unit: UnitOfWork | None = None,
) -> House:
    """Build the house over a prepared database; `unit` opens its transactions in another way."""
    keys.install(config.keyring)
    legal = clock or InstallationClock(database)
    given = tools or build_tools(config)

    def plain() -> AbstractContextManager[Session]:
        return unit_of_work(database)

    transactions = unit or plain
    return House(
        config,
        database,
        transactions,
        legal,
        Engine(given, transactions, legal),
        given,
        adapters or local_adapters(config),
    )
