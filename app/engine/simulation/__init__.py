"""The same engine in memory with a virtual clock: scenarios told by process designers.

A scenario says who does what when, and what people then notice. It runs through the engine's own
verbs with real forms, decisions and operations; only database and adapters are in memory.
"""

from app.engine.simulation.coverage import Coverage, measure
from app.engine.simulation.runner import Mismatch, Outcome, run_scenario
from app.engine.simulation.scenario import Scenario, read_scenario, scenario_files
from app.engine.simulation.world import World

__all__ = [
    "Coverage",
    "Mismatch",
    "Outcome",
    "Scenario",
    "World",
    "measure",
    "read_scenario",
    "run_scenario",
    "scenario_files",
]
