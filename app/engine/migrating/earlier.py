"""The bundle that a migrated instance ran on at an earlier time.

What people handed in is shown with the form it was handed in with, whatever the procedure became.
"""

from __future__ import annotations

from collections.abc import Callable

from app.engine.bundles import Compiled
from app.engine.migrating.names import migrations_of
from app.engine.situation import Situation
from app.engine.tables import UserTask


def bundles_by_row(situation: Situation) -> Callable[[str], Compiled]:
    """Return how to find the bundle that an instance ran on when the row of an id was written."""
    session, bundles = situation.session, situation.tools.bundles
    migrations = migrations_of(session, situation.instance_id)

    def found(row_id: str) -> Compiled:
        for migration in migrations:
            if row_id < (migration.mark or ""):
                return bundles.get(session, migration.from_bundle_id)
        return situation.bundle

    return found


def bundle_of_task(situation: Situation, task: UserTask) -> Compiled:
    """Return the newest bundle that draws a task: a closed one's may be older than its case's."""
    bundle = situation.bundle
    for migration in reversed(migrations_of(situation.session, task.instance_id)):
        if task.element_id in bundle.definition.elements:
            break
        bundle = situation.tools.bundles.get(situation.session, migration.from_bundle_id)
    return bundle
