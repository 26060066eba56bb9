"""Objections in a process: what the examining body sees of one, and what it decides."""

from __future__ import annotations

from typing import Any

from app.clock import local
from app.domain.attachments.keeping import Owner, attachments_of
from app.domain.cases import holds
from app.domain.publicity.objections import Decider, examines, suspect, suspected_of
from app.domain.publicity.objections import decide as record_finding
from app.domain.publicity.publishing import publicity_of
from app.domain.publicity.tables import Finding, Objection, Publicity, PublicityState
from app.engine.registry import Call, fact, operation
from app.operations.call import case_of, doer_of
from app.operations.wording import say

OWNER = "objection"


def objection_of(call: Call) -> Objection | None:
    """Return the objection that the process is dealing with, or None."""
    named = call.variables.get("objection") or {}
    return call.session.get(Objection, named.get("id") or "")


@operation("publicity.decide")
def decide(call: Call, *, finding: str, examined_by: str = "") -> dict[str, Any]:
    """Record the finding on the objection in hand.

    `examined_by` names the user task whose submission holds the `reason`; without one the finding
    follows from a decision about misconduct.
    """
    objection = objection_of(call)
    given = call.submission_of(examined_by) if examined_by else {}
    if objection is None:
        return {"publicity_result": None, "publicity_finding": None}
    publicity = record_finding(
        call.session,
        objection,
        Finding(finding),
        reason=str(given.get("reason") or say("by_misconduct_decision")),
        decider=_decider(call),
        now=call.now,
    )
    upheld = publicity.state == PublicityState.UPHELD
    return {
        "publicity_result": PublicityState.UPHELD.value if upheld else None,
        "publicity_finding": finding if upheld else None,
    }


def _decider(call: Call) -> Decider:
    doer = doer_of(call)
    return Decider(doer.account, doer.name, doer.organisation or "")


@operation("publicity.suspect")
def suspect_falsification(call: Call) -> None:
    """Note that the objection in hand points to falsification; it stays undecided."""
    objection = objection_of(call)
    if objection is not None:
        suspect(objection, now=call.now)


@operation("publicity.falsified")
def falsified(call: Call) -> None:
    """End the case's publicity because falsification was found; the suspicion was right."""
    publicity = publicity_of(call.session, case_of(call).case_no or "")
    if publicity is None:
        return
    for objection in suspected_of(call.session, publicity.id):
        record_finding(
            call.session,
            objection,
            Finding.FALSIFIED,
            reason=say("by_misconduct_decision"),
            decider=_decider(call),
            now=call.now,
        )


@operation("case.hold")
def hold(call: Call, *, reason: str) -> None:
    """Hold the case: nobody may complete its tasks until the hold is lifted; timers run on."""
    case = case_of(call)
    holds.hold(call.session, case.id, reason, by=doer_of(call).account, now=call.now)


@operation("case.lift")
def lift(call: Call, *, every: bool = False) -> None:
    """Lift the oldest hold of the case, or `every` one."""
    case = case_of(call)
    holds.lift(call.session, case.id, by=doer_of(call).account, now=call.now, every=every)


@fact("received_objection")
def received_objection(call: Call) -> dict[str, Any] | None:
    """The objection in hand, to those who examine it; null to everybody else.

    The person concerned never sees who objected, nor what he wrote.
    """
    found = objection_of(call)
    if found is None or call.actor is None:
        return None
    publicity = call.session.get_one(Publicity, found.publicity_id)
    if not examines(call.actor, publicity):
        return None
    objector = found.objector or {}
    files = attachments_of(call.session, Owner(OWNER, found.id))
    return {
        "receipt_no": found.receipt_no,
        "received_at": f"{local(found.received_at):%Y-%m-%d %H:%M}",
        "anonymous": found.anonymous,
        "name": objector.get("name") or say("anonymous"),
        "contact": objector.get("contact") or say("no_contact"),
        "facts": found.facts,
        "files": [each.id for each in files],
        "text": publicity.text,
    }
