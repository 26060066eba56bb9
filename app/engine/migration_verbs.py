"""The verbs of migrations: one instance each, the rest after a pilot, and taking one back.

Part of the engine; each is one transaction, framed by `commands`. Asking and approving are those
of every repair by two (`operating_verbs`).
"""

from __future__ import annotations

from dataclasses import dataclass

from app.db.contention import repeat_commands
from app.domain.access.actor import Actor
from app.domain.audit import record as audit
from app.engine.acting import explain
from app.engine.commands import Commands
from app.engine.migrating import launching, moving, reverting
from app.engine.migrating.tables import FAILED, WAITING, InstanceMigration, Migration
from app.engine.operating.requests import require_operator
from app.errors import NotAllowed

MIGRATION = "migration"


@repeat_commands
@dataclass(frozen=True)
class MigrationVerbs(Commands):
    """What puts running instances on a newer bundle."""

    def migrate_instance(self, row_id: str) -> str:
        """Move the instance of a migration's row; returns the outcome, also when done before."""
        now = self.clock.now()
        with self.unit_of_work() as session:
            instance_id = session.get_one(InstanceMigration, row_id).instance_id
        self._fire_on(instance_id, now)
        with self.unit_of_work() as session:
            return moving.migrate_one(session, self.tools, row_id, now=now)

    def migration_failed(self, row_id: str, error: Exception) -> None:
        """Note that one instance could not be moved: it is as it was."""
        with self.unit_of_work() as session:
            row = session.get_one(InstanceMigration, row_id, with_for_update=True)
            if row.outcome == WAITING:
                row.outcome, row.at, row.said = FAILED, self.clock.now(), explain(error)

    def continue_migration(self, migration_id: str, *, actor: Actor) -> int:
        """Let the rest follow the pilot, as it was approved; returns how many are enlisted."""
        with self._audited(actor, "continue_migration", MIGRATION, migration_id):
            require_operator(actor)
            with self.unit_of_work() as session:
                migration = session.get(Migration, migration_id, with_for_update=True)
                if migration is None:
                    raise NotAllowed("migration.unknown")
                now = self.clock.now()
                count = launching.enlist_rest(session, self.tools, migration, now=now)
                audit(
                    session, actor=actor.account_id, action="continue_migration",
                    object_type=MIGRATION, object_id=migration_id, at=now,
                )  # fmt: skip
                return count

    def revert_migration(self, row_id: str, *, reason: str, actor: Actor) -> None:
        """Put one instance back where it came from; refused when it has moved since."""
        with self._audited(actor, "revert_migration", MIGRATION, row_id):
            require_operator(actor)
            with self.unit_of_work() as session:
                reverting.revert(
                    session, self.tools, row_id, actor=actor, reason=reason, now=self.clock.now()
                )
