"""What every operation takes for granted about its call: a case, a person, who acts."""

from __future__ import annotations

from app.domain.cases.tables import CaseRow
from app.domain.issuance.log import Doer
from app.engine.registry import Call
from app.errors import EngineError
from app.operations.wording import say

PLATFORM = "PLATFORM"


def case_of(call: Call) -> CaseRow:
    """Return the case of the call; operations of procedures without a case do not ask."""
    if call.case is None:
        raise EngineError("operation.no_case", element=call.element_id)
    return call.case


def person_of(call: Call) -> str:
    """Return the person code of the case's applicant."""
    code = case_of(call).person_code
    if code is None:
        raise EngineError("operation.no_person", element=call.element_id)
    return code


def doer_of(call: Call) -> Doer:
    """Return who acts, as the issuance log wants it; timers and workers act as the platform."""
    if call.actor is None:
        return Doer(PLATFORM, say("platform"))
    return Doer(call.actor.account_id, call.actor.name, call.actor.organisation)
