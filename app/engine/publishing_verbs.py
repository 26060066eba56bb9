"""The engine's verbs of publishing: versions are stored together, a refusal leaves its trace.

Who asks has checked the packages and played their scenarios; see `app.scheduler.publishing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db.contention import repeat_commands
from app.domain.audit import record as audit
from app.engine import bundles, publishing
from app.engine.commands import Commands
from app.engine.package import Package
from app.engine.publishing import Change
from app.errors import EngineError

ACTION, OBJECT = "publish", "process"
LONGEST_ACTOR = 32


@repeat_commands
@dataclass(frozen=True)
class PublishingVerbs(Commands):
    """Storing bundles."""

    def publish(self, package: Package, *, published_by: str, note: str = "") -> str:
        """Store a checked package as the next version and return the bundle's id."""
        bundles.compile_package(package, self.tools.forms.load)
        with self.unit_of_work() as session:
            now = self.clock.now()
            row = bundles.store(session, package, published_by=published_by, now=now, note=note)
            return row.id

    def compare(self, packages: Mapping[str, Package], keys: Sequence[str]) -> list[Change]:
        """Return what publishing these keys would do to them and to whoever uses them."""
        with self.unit_of_work() as session:
            before = publishing.published(session, packages)
        return publishing.changes(packages, before, keys)

    def publish_together(
        self, changes: Sequence[Change], *, published_by: str, note: str = ""
    ) -> None:
        """Store all changed packages in one transaction, or none.

        Raises EngineError `publish.overtaken` when one was published by somebody else since.
        """
        wanted = [change for change in changes if change.is_new]
        try:
            with self.unit_of_work() as session:
                now = self.clock.now()
                publishing.store_together(
                    session, wanted, published_by=published_by, now=now, note=note
                )
                for change in wanted:
                    audit(
                        session, actor=published_by[:LONGEST_ACTOR], action=ACTION,
                        object_type=OBJECT, object_id=change.key, at=now,
                        reason=f"{change.old or 0} → {change.new}",
                    )  # fmt: skip
        except EngineError as error:
            self.refuse([change.key for change in wanted], error.code, refused_to=published_by)
            raise

    def refuse(self, keys: Sequence[str], code: str, *, refused_to: str) -> None:
        """Leave an audit entry for processes that were not published."""
        with self.unit_of_work() as session:
            for key in keys:
                audit(
                    session, actor=refused_to[:LONGEST_ACTOR], action=ACTION, object_type=OBJECT,
                    object_id=key, at=self.clock.now(), outcome="refused", reason=code,
                )  # fmt: skip
