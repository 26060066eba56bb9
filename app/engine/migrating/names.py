"""What the elements of a migrated instance were called before, for whatever looks back by element.

History and submissions keep the names they were written with. An instance that was never migrated
says so itself, and whoever looks back has it at hand already.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.migrating.tables import DONE, InstanceMigration
from app.engine.tables import ProcessInstance


def migrations_of(session: Session, instance_id: str | None) -> Sequence[InstanceMigration]:
    """Return the migrations of an instance that stand, the oldest first."""
    instance = session.get(ProcessInstance, instance_id) if instance_id else None
    if instance is None or not instance.migrated:
        return ()
    query = select(InstanceMigration).where(
        InstanceMigration.instance_id == instance_id, InstanceMigration.outcome == DONE
    )
    return session.scalars(query.order_by(InstanceMigration.mark)).all()


def names_now(session: Session, instance_id: str | None) -> dict[str, str]:
    """Return what renamed elements are called now, by every name that they had."""
    names: dict[str, str] = {}
    for migration in migrations_of(session, instance_id):
        names = {old: migration.renamed.get(now, now) for old, now in names.items()}
        names = {**migration.renamed, **names}
    return names


def names_of(session: Session, instance_id: str | None, element_id: str) -> list[str]:
    """Return an element's name and those that it had before."""
    former = [old for old, now in names_now(session, instance_id).items() if now == element_id]
    return [element_id, *former]
