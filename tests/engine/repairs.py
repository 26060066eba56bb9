"""Two operators at work: one asks for a repair of the newest instance, the other approves it."""

from __future__ import annotations

from typing import Any

from app.engine.operating.repairs import INSTANCE, Ground, Subject
from app.engine.operating.requests import locked_ground
from app.engine.spiff import Run
from tests.engine.houses import Stage

FIRST, SECOND = "platform.admin1", "platform.admin2"
WHY = "申请人来信，原登记有误"


def ask(stage: Stage, verb: str, *, by: str = FIRST, reason: str = WHY, **arguments: Any) -> str:
    """Ask for a repair and return the request."""
    subject = Subject(INSTANCE, stage.instance().id)
    answer = stage.house.engine.request_repair(
        verb, subject, arguments, reason=reason, actor=stage.actor(by)
    )
    return str(answer["request_id"])


def approve(stage: Stage, request_id: str, *, by: str = SECOND) -> str:
    """Approve a request and return its outcome."""
    answer = stage.house.engine.approve_repair(request_id, actor=stage.actor(by))
    return str(answer["outcome"])


def repaired(stage: Stage, verb: str, **arguments: Any) -> str:
    """Ask and approve."""
    return approve(stage, ask(stage, verb, **arguments))


def with_ground(stage: Stage, question: Any, **arguments: Any) -> Any:
    """Ask a question about the newest instance on an operator's ground."""
    with stage.house.unit_of_work() as session:
        ground: Ground = locked_ground(
            session,
            stage.house.tools,
            Subject(INSTANCE, stage.instance().id),
            actor=stage.actor(FIRST),
            now=stage.clock.now(),
        )
        return question(ground)


def variables(stage: Stage) -> dict[str, Any]:
    """Return the variables of the newest instance itself."""
    found: dict[str, Any] = with_ground(stage, lambda ground: ground.run.root_variables())
    return found


def token_at(stage: Stage, element: str) -> str:
    """Return the token that stands on an element."""

    def find(ground: Ground) -> str:
        run: Run = ground.run
        return next(token.id for token in run.tokens() if token.element.id == element)

    return str(with_ground(stage, find))
