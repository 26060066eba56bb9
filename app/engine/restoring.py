"""Reading the stored state of an instance."""

from __future__ import annotations

from app.engine.spiff import Definition, Host, Run, SnapshotRefused
from app.engine.tables import ProcessInstance


def restore(instance: ProcessInstance, definition: Definition, host: Host) -> Run:
    """Return the run that an instance's stored state describes; raises SnapshotRefused."""
    try:
        return Run.restore(definition, host, instance.state)
    except SnapshotRefused as refused:
        refused.instance_id = instance.id
        raise
