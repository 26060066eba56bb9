"""The repairs that need a second person, by the verb that requests name."""

from __future__ import annotations

from app.engine.migrating.launching import MIGRATE
from app.engine.operating.repairs import Repair
from app.errors import EngineError

REPAIRS: dict[str, Repair] = {"migrate": MIGRATE}


def repair_of(verb: str) -> Repair:
    """Return a repair by its verb; raises when there is none."""
    found = REPAIRS.get(verb)
    if found is None:
        raise EngineError("engine.repair_unknown", verb=verb)
    return found
