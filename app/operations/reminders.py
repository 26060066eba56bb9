"""Reminders of tasks that wait: to those who should act, later also to the body above them.

When a reminder is due is drawn in the process file; a reminder never decides a case.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.clock import local_date
from app.domain.access.actor import organisation_of
from app.domain.calendar import load_calendar
from app.domain.organisations import find_organisation, name_of, superior_group
from app.engine.registry import Call, operation
from app.engine.tables import OPEN, TaskCandidate, UserTask
from app.operations.notices import drawable, tell


@operation("task.remind", template=drawable)
def remind(call: Call, *, task: str, superior_after: int, template: str) -> None:
    """Remind of the open tasks of an element; after so many working days tell the superior too."""
    calendar = load_calendar(call.session)
    waiting = select(UserTask).where(
        UserTask.instance_id == call.instance_id,
        UserTask.element_id == task,
        UserTask.status == OPEN,
    )
    for row in call.session.scalars(waiting.order_by(UserTask.id)).all():
        # A period is over when the day after its last one begins: that day has not passed yet.
        passed = local_date(call.now - timedelta(microseconds=1))
        age = calendar.workdays_between(local_date(row.created_at), passed, call.region)
        _remind_of(call, row, template, age, superior=age >= int(superior_after))


def _remind_of(call: Call, row: UserTask, template: str, age: int, *, superior: bool) -> None:
    query = select(TaskCandidate.group_code).where(TaskCandidate.task_id == row.id)
    for group in call.session.scalars(query.order_by(TaskCandidate.group_code)).all():
        body = organisation_of(group)
        known = find_organisation(call.session, body) is not None
        params = {
            "step": row.name,
            "age_days": age,
            "organisation": name_of(call.session, body) if known else "",
        }
        tell(call, [group], template, params)
        above = superior_group(call.session, body) if superior and known else None
        if above is not None:
            tell(call, [above], template, params | {"superior": True})
