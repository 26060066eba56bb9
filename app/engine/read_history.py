"""Which lines of an instance's history people are told, and whose act a line is.

The pages and the scenarios read the same lines; the rest is for the machine.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.bundles import Compiled
from app.engine.tables import ActivityEvent

TERMINATED, SUSPENDED = "terminated", "suspended"
# What operators do, to whatever element: told with who asked for it.
OPERATED = frozenset({SUSPENDED, "resumed", "moved", "data_changed", "repeated", "correlated"})
TOLD = {
    ("completed", "startEvent"),
    ("completed", "userTask"),
    ("completed", "serviceTask"),
    ("completed", "sendTask"),
    ("completed", "receiveTask"),
    ("completed", "intermediateCatchEvent"),
    ("completed", "boundaryEvent"),
    ("completed", "endEvent"),
    ("cancelled", "userTask"),
    ("returned", "userTask"),
    ("assigned", "userTask"),
    ("unassigned", "userTask"),
    ("delegated", "userTask"),
    ("given_back", "userTask"),
    ("fetched", "userTask"),
    (TERMINATED, "process"),
    ("migrated", "process"),
    ("unmigrated", "process"),
    ("recounted", "userTask"),
    ("recounted", "intermediateCatchEvent"),
    ("recounted", "boundaryEvent"),
    ("recounted", "process"),
    ("fired", "intermediateCatchEvent"),
    ("fired", "boundaryEvent"),
    ("entered", "callActivity"),
}
# What colleagues ask each other about a case; not told to its applicant.
AMONG_COLLEAGUES = frozenset(
    {"signer_added", "signer_removed", "countersigned", "handed_in", "taken_back"}
)
EDGES = frozenset({"startEvent", "endEvent"})
PERSONAL = frozenset({"startEvent", "userTask", "process"})


def told_events(session: Session, bundle: Compiled, instance_id: str) -> list[ActivityEvent]:
    """Return what is told, the newest first; the edges of called processes are left out."""
    query = select(ActivityEvent).where(ActivityEvent.instance_id == instance_id)
    events = session.scalars(query.order_by(ActivityEvent.seq.desc()))
    return [event for event in events if _is_told(bundle, event)]


def by_person(event: ActivityEvent) -> bool:
    """Tell a person's act; what the system did in his transaction is the system's work."""
    return event.kind in OPERATED or event.element_kind in PERSONAL


def _is_told(bundle: Compiled, event: ActivityEvent) -> bool:
    if event.kind in OPERATED | AMONG_COLLEAGUES:
        return True
    if (event.kind, event.element_kind) not in TOLD:
        return False
    element = bundle.definition.elements.get(event.element_id)
    if element is not None and (not element.name or element.properties.get("progress") == "hidden"):
        return False
    inner = element is not None and element.process_id != bundle.key
    return not (inner and event.element_kind in EDGES)
