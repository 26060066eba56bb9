"""DMN decisions on FEEL: tables with every hit policy, literal expressions, requirement graphs.

Rows with effective dates are ordinary rows that test `rule_date`.
"""

from app.decisions.deciding import DecisionError, decide
from app.decisions.model import Decision, Input, Output, Rule, Taken, Type, Verdict
from app.decisions.reading import parse_decisions

__all__ = [
    "Decision",
    "DecisionError",
    "Input",
    "Output",
    "Rule",
    "Taken",
    "Type",
    "Verdict",
    "decide",
    "parse_decisions",
]
