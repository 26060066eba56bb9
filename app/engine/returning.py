"""退回: a task's outcome that sends the case back to a task done before, with a reason.

The submission is one like any other: validated, guarded, signed, never changed. Then the tokens
behind the target are taken away, the target is opened again with its last submission as draft, and
the applicant and those who get the task are told why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from app.domain.access.actor import PERSON_ROLE, group
from app.engine.acting import act_and_advance
from app.engine.host import ReadingHost
from app.engine.periods import close_period
from app.engine.restoring import restore
from app.engine.returnable import Target, returnable
from app.engine.situation import Situation
from app.engine.spiff import (
    MAY_RETURN_TO,
    Element,
    Run,
    branches_stand,
    goes_straight_back,
)
from app.engine.submissions import reason_in
from app.engine.tables import OPEN, RETURN, ProcessInstance, TaskCandidate, UserTask
from app.engine.telling import tell
from app.errors import EngineError

OUTCOME, RETURN_TO = "outcome", "return_to"
SHORTEST_REASON = 5
NOTICE = "N04"


def wants_return(values: Mapping[str, Any]) -> bool:
    """Tell whether a submission sends the case back."""
    return values.get(OUTCOME) == RETURN


def chosen_target(
    instance: ProcessInstance,
    task: UserTask,
    element: Element,
    values: Mapping[str, Any],
    here: Situation,
) -> Target:
    """Return where a submission sends the case; raises when it must not go there."""
    if MAY_RETURN_TO not in element.properties:
        raise EngineError("engine.return_not_allowed", name=task.name)
    if len(reason_in(values)) < SHORTEST_REASON:
        raise EngineError("engine.return_no_reason", least=SHORTEST_REASON)
    definition = here.bundle.definition
    run = restore(instance, definition, ReadingHost())
    found = returnable(here.session, instance, run, definition, task)
    wanted = values.get(RETURN_TO) or (found[0].element.id if found else None)
    for target in found:
        if target.element.id == wanted:
            return target
    if not found:
        raise EngineError("engine.return_nowhere", name=task.name)
    known = definition.elements.get(str(wanted))
    raise EngineError("engine.return_not_target", name=(known and known.name) or str(wanted)[:40])


def send_back(
    instance: ProcessInstance,
    task: UserTask,
    element: Element,
    values: Mapping[str, Any],
    *,
    target: Target,
    situation: Situation,
) -> None:
    """Send a case back whose submission is kept, and tell those concerned."""
    straight = target.straight and goes_straight_back(target.element, element)

    def act(run: Run) -> None:
        run.send_back(
            task.token_id,
            target.element.id,
            target.scope,
            stand=branches_stand(element),
            straight=straight,
        )

    act_and_advance(instance, situation, act)
    close_period(situation.session, task.deadline_id, now=situation.now)
    _tell(task, target, values, situation)


def _tell(task: UserTask, target: Target, values: Mapping[str, Any], here: Situation) -> None:
    """Tell the applicant, and the groups that have to correct something."""
    query = (
        select(TaskCandidate.group_code)
        .join(UserTask, UserTask.id == TaskCandidate.task_id)
        .where(UserTask.sent_back_by == task.id, UserTask.status == OPEN)
    )
    groups = list(here.session.scalars(query.order_by(TaskCandidate.group_code)))
    person = here.case.person_code if here.case is not None else None
    own = None if person is None else group(PERSON_ROLE, person)
    params = {
        "step": task.name,
        "target": target.element.name or target.element.id,
        "reason": reason_in(values),
        "own": own in groups,
    }
    for each in dict.fromkeys([own, *groups]):
        if each is not None:
            tell(here, each, NOTICE, {**params, "to_applicant": each == own})
