"""The same engine in memory with a virtual clock: scenarios told by process designers.

A scenario says who does what when, and what people then notice. It runs through the engine's own
verbs with real forms, decisions and operations; only database and adapters are in memory.
"""

from app.engine.simulation.comparing import Mismatch
from app.engine.simulation.coverage import Coverage, measure
from app.engine.simulation.runner import Done, Outcome, run_scenario
from app.engine.simulation.scenario import Scenario, read_scenario, scenario_files
from app.engine.simulation.wording import said, told
from app.engine.simulation.world import OpenedField, World

__all__ = [
    "Coverage",
    "Done",
    "Mismatch",
    "OpenedField",
    "Outcome",
    "Scenario",
    "World",
    "measure",
    "read_scenario",
    "run_scenario",
    "said",
    "scenario_files",
    "told",
]
