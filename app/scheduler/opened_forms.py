"""The form of an open task as the people see it who may do the task: values and choices.

A scenario looks through the eyes of the first who may take the task; nothing is changed by looking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.bootstrap import House
from app.bootstrap.forms import form_context
from app.domain.access.actor import Actor
from app.engine.looking import task_situation
from app.engine.simulation import OpenedField
from app.engine.tables import OPEN, TaskCandidate, UserTask
from app.forms import DOCUMENTS, FieldView, view


def opened_form(
    house: House, find: Callable[[str], Actor], case_id: str, element_id: str
) -> Mapping[str, OpenedField]:
    """Return the fields of an open task's form by key; none when no such task is open."""
    with house.unit_of_work() as session:
        query = select(UserTask).where(
            UserTask.case_id == case_id, UserTask.element_id == element_id, UserTask.status == OPEN
        )
        task = session.scalars(query.limit(1)).first()
        if task is None:
            return {}
        groups = select(TaskCandidate.group_code).where(TaskCandidate.task_id == task.id)
        group = session.scalars(groups.order_by(TaskCandidate.group_code).limit(1)).one()
    actor = find(group)
    with house.unit_of_work() as session:
        task = session.get_one(UserTask, task.id)
        here = task_situation(session, house.tools, task, house.clock.now(), actor)
        form = here.bundle.form_of(here.bundle.definition.elements[element_id])
        if form is None:
            return {}
        context = replace(form_context(here), context={DOCUMENTS: []})
        shown = view(form, form.initial(context, task.draft or {}), {}, context)
        return dict(_fields(shown.fields))


def _fields(views: tuple[FieldView, ...]) -> Iterator[tuple[str, OpenedField]]:
    for each in views:
        if each.key:
            yield each.key, OpenedField(_value(each), tuple(o.value for o in each.options))
        yield from _fields(each.children)


def _value(shown: FieldView) -> Any:
    chosen = [option.value for option in shown.options if option.chosen]
    value = chosen[0] if chosen else shown.value
    return None if value in ("", []) else value
