"""Handing a case a message by hand: what should have come from elsewhere, with its variables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.engine.acting import act_and_advance
from app.engine.operating.repairs import Ground, Repair, text_of
from app.engine.operating.setting import masked, require_settable
from app.engine.operating.telling import tell_applicant, troubled, write_line
from app.engine.spiff import Run
from app.engine.tables import MessageSubscription
from app.errors import EngineError
from app.messages import message

CORRELATED, NOTICE = "correlated", "W07"


def _waiting(ground: Ground) -> MessageSubscription:
    """Return the subscription that is meant; raises when nothing waits for its message any more."""
    query = select(MessageSubscription).where(
        MessageSubscription.id == text_of(ground, "subscription"),
        MessageSubscription.instance_id == ground.locked.id,
        MessageSubscription.done_at.is_(None),
    )
    found = ground.session.scalars(query).one_or_none()
    if found is None:
        raise EngineError("engine.message_not_awaited")
    return found


def _check(ground: Ground) -> dict[str, Any]:
    row, variables = _waiting(ground), ground.arguments.get("variables") or {}
    if not isinstance(variables, dict):
        raise EngineError("engine.value_not_json")
    for name, value in variables.items():
        require_settable(ground, name, value)
    return {"subscription": row.id, "variables": variables}


def _foretell(ground: Ground) -> list[str]:
    row, variables = _waiting(ground), _check(ground)["variables"]
    element = ground.elements[row.element_id]
    name = element.name or element.id
    said = [message("repair.delivered", message=row.name, key=row.correlation_key, name=name)]
    if variables:
        said.append(message("repair.with_variables", variables=masked(variables)))
    return said


def _carry_out(ground: Ground) -> str:
    row, variables = _waiting(ground), _check(ground)["variables"]
    element, token_id = ground.elements[row.element_id], row.token_id

    def act(run: Run) -> None:
        run.fire(token_id, variables)

    what = message("repair.correlated", name=element.name or element.id)
    write_line(ground, CORRELATED, what=what, element=element)
    act_and_advance(ground.locked, ground.situation, act)
    tell_applicant(ground, NOTICE, what=what)
    return what + troubled(ground)


REPAIR = Repair(_check, _foretell, _carry_out)
