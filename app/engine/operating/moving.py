"""Moving a token: an operator takes a case to another step than the drawing would.

The core refuses what would break a join or let a part run twice. Tasks, timers and subscriptions
of the tokens that are taken away are closed; what was typed into a task is kept for its next turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.engine.acting import act_and_advance
from app.engine.operating.repairs import Ground, Repair, text_of
from app.engine.operating.telling import tell_applicant, troubled, write_line
from app.engine.spiff import CannotMove, Element, Run, Token, TokenGone
from app.engine.submissions import last_done
from app.engine.tables import CANCELLED, OPEN, UserTask
from app.errors import EngineError
from app.messages import message

MOVED, NOTICE = "moved", "W07"
GOES_ON = {"userTask": "waiting", "endEvent": "ending"}


@dataclass(frozen=True)
class Way:
    """A step that a token may be moved to, or why it may not."""

    element: Element
    together: bool = False
    refused: CannotMove | None = None


def ways_from(run: Run, token_id: str) -> list[Way]:
    """Return the steps around a token in drawn order, each with what stands in the way."""
    return [_way(run, token_id, element) for element in run.steps_around(token_id)]


def _way(run: Run, token_id: str, element: Element) -> Way:
    try:
        run.plan_move(token_id, element.id)
    except CannotMove as error:
        return _way_together(run, token_id, element, error)
    return Way(element)


def _way_together(run: Run, token_id: str, element: Element, refused: CannotMove) -> Way:
    """Return the way with all branches, if that is what it takes."""
    try:
        run.plan_move(token_id, element.id, together=True)
    except CannotMove:
        return Way(element, refused=refused)
    return Way(element, together=True)


def _check(ground: Ground) -> dict[str, Any]:
    token_id, target = text_of(ground, "token"), text_of(ground, "to")
    together = ground.arguments.get("together") is True
    gone = _taken_away(ground, token_id, target, together)
    return {"token": token_id, "to": target, "together": together, "from": gone[0].element.id}


def _taken_away(ground: Ground, token_id: str, target: str, together: bool) -> list[Token]:
    try:
        return ground.run.plan_move(token_id, target, together=together)
    except TokenGone as error:
        known = ground.elements.get(ground.arguments.get("from", ""))
        name = known.name if known is not None else ""
        raise EngineError("engine.repair_overtaken", name=name) from error


def _foretell(ground: Ground) -> list[str]:
    wanted = _check(ground)
    gone = _taken_away(ground, wanted["token"], wanted["to"], wanted["together"])
    names = list(dict.fromkeys(token.element.name or token.element.id for token in gone))
    target = ground.elements[wanted["to"]]
    said = [message("repair.taken_away", names="、".join(names))]
    how = GOES_ON.get(target.kind, "further")
    said.append(message(f"repair.goes_on_{how}", name=target.name or target.id))
    return said


def _carry_out(ground: Ground) -> str:
    wanted = _check(ground)
    token_id, target = wanted["token"], ground.elements[wanted["to"]]
    start = ground.elements[wanted["from"]]

    def act(run: Run) -> None:
        run.move(token_id, target.id, together=wanted["together"])

    what = message("repair.moved", start=start.name or start.id, name=target.name or target.id)
    write_line(ground, MOVED, what=what, element=target)
    act_and_advance(ground.locked, ground.situation, act)
    _keep_draft(ground, target)
    tell_applicant(ground, NOTICE, what=what)
    return what + troubled(ground)


def _keep_draft(ground: Ground, target: Element) -> None:
    """Begin a task that is opened again with what was typed or handed in before."""
    ground.session.flush()  # the new task's row must be found
    tasks = select(UserTask).where(
        UserTask.instance_id == ground.locked.id, UserTask.element_id == target.id
    )
    newest = tasks.order_by(UserTask.id.desc())
    opened = ground.session.scalars(newest.where(UserTask.status == OPEN)).first()
    if opened is None or opened.draft is not None:
        return
    left = ground.session.scalars(newest.where(UserTask.status == CANCELLED)).first()
    handed_in = last_done(ground.session, ground.locked.id, target.id)
    draft = left.draft if left is not None else None
    draft = draft or (handed_in.values if handed_in is not None else None)
    if draft is not None:
        opened.draft, opened.draft_at = dict(draft), ground.now


REPAIR = Repair(_check, _foretell, _carry_out)
