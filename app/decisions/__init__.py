"""DMN decisions on FEEL: tables with UNIQUE, FIRST and COLLECT, literal expressions, requirements.

Rows with effective dates are ordinary rows that test `rule_date`.
"""

from app.decisions.deciding import DecisionError, decide
from app.decisions.model import Decision, Input, Output, Rule, Type, Verdict
from app.decisions.reading import parse_decisions

__all__ = [
    "Decision",
    "DecisionError",
    "Input",
    "Output",
    "Rule",
    "Type",
    "Verdict",
    "decide",
    "parse_decisions",
]
