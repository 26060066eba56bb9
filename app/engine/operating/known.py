"""The repairs that need a second person, by the verb that requests name."""

from __future__ import annotations

from app.engine.migrating import launching
from app.engine.operating import correlating, moving, repeating, setting
from app.engine.operating.repairs import Repair
from app.errors import EngineError

MOVE, SET, REPEAT, CORRELATE = "move", "set", "repeat", "correlate"
REPAIRS: dict[str, Repair] = {
    MOVE: moving.REPAIR,
    SET: setting.REPAIR,
    REPEAT: repeating.REPAIR,
    CORRELATE: correlating.REPAIR,
    launching.VERB: launching.MIGRATE,
}


def repair_of(verb: str) -> Repair:
    """Return a repair by its verb; raises when there is none."""
    found = REPAIRS.get(verb)
    if found is None:
        raise EngineError("engine.repair_unknown", verb=verb)
    return found
