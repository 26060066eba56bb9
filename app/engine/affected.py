"""What a schedule changes, as people know it: case, step, old end, new end, and who is told.

Only reading: the same list is shown before a schedule is loaded and worked off afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import PERSON_ROLE, group, organisation_of, role_of
from app.domain.calendar import (
    DayChange,
    DeadlineChange,
    changed_days,
    load_calendar,
    open_workday_deadlines,
    read_addition,
    recompute,
)
from app.domain.calendar.notices import Schedule
from app.domain.cases.tables import CaseRow
from app.domain.codes import has_code, label
from app.domain.organisations import names_of
from app.engine.situation import Tools
from app.engine.tables import OPEN, ProcessInstance, TaskCandidate, Timer, UserTask
from app.messages import message

SLICE = 500
PUBLICITY_MOVED, TASK_MOVED = "N11", "W20"


@dataclass(frozen=True)
class Telling:
    """Who is told of a moved end: a group, which for an applicant is his own, or an account."""

    template: str
    group: str = ""
    account_id: str = ""
    words: str = ""

    @property
    def to_applicant(self) -> bool:
        return role_of(self.group) == PERSON_ROLE


@dataclass(frozen=True)
class Affected:
    """An open deadline that a schedule changes."""

    change: DeadlineChange
    case_no: str
    what: str
    element_id: str
    told: tuple[Telling, ...]


@dataclass(frozen=True)
class Preview:
    """What loading a schedule would do."""

    new: bool
    days: list[DayChange]
    affected: list[Affected]
    open: int

    @property
    def moved(self) -> list[Affected]:
        return [one for one in self.affected if one.change.moved]

    @property
    def confirmed(self) -> int:
        """How many keep their end and are no longer provisional."""
        kept = (one.change for one in self.affected if not one.change.moved)
        return sum(change.was_provisional and not change.provisional for change in kept)

    @property
    def staying(self) -> int:
        """How many open periods of working days keep their end."""
        return self.open - len(self.moved)


def preview(session: Session, tools: Tools, schedule: Schedule, *, now: datetime) -> Preview:
    """Tell what a schedule would change; raises DomainError naming every bad row."""
    rules, calendar = read_addition(session, schedule), load_calendar(session)
    changes = recompute(session, calendar.with_rules(rules), now=now)
    return Preview(
        new=not all(map(calendar.knows, rules)),
        days=changed_days(rules, calendar),
        affected=affected(session, tools, changes),
        open=open_workday_deadlines(session),
    )


def affected(session: Session, tools: Tools, changes: Sequence[DeadlineChange]) -> list[Affected]:
    """Return the changes with what waits for each deadline and who is told when it moves."""
    found: list[Affected] = []
    for start in range(0, len(changes), SLICE):
        some = changes[start : start + SLICE]
        surroundings = _Surroundings(session, tools, some)
        found += [surroundings.of(change) for change in some]
    return found


class _Surroundings:
    """The rows around some deadlines, read together."""

    def __init__(self, session: Session, tools: Tools, changes: Sequence[DeadlineChange]) -> None:
        self.session, self.tools = session, tools
        deadlines = [change.deadline_id for change in changes]
        self.tasks = self._grouped(UserTask, deadlines, UserTask.status == OPEN)
        self.timers = self._grouped(Timer, deadlines, Timer.done_at.is_(None))
        ids = {change.process_instance_id for change in changes}
        query = select(ProcessInstance).where(ProcessInstance.id.in_(ids))
        self.instances = {row.id: row for row in session.scalars(query)}
        cases = {row.case_id for row in self.instances.values()}
        found = session.scalars(select(CaseRow).where(CaseRow.id.in_(cases)))
        self.cases = {row.id: row for row in found}
        self.groups = self._groups()

    def _grouped(self, table: type[Any], ids: list[str], living: Any) -> dict[str, list[Any]]:
        query = select(table).where(table.deadline_id.in_(ids), living).order_by(table.id)
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self.session.scalars(query):
            found[row.deadline_id].append(row)
        return found

    def _groups(self) -> dict[str, list[str]]:
        ids = [task.id for tasks in self.tasks.values() for task in tasks]
        query = select(TaskCandidate).where(TaskCandidate.task_id.in_(ids))
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.session.scalars(query.order_by(TaskCandidate.group_code)):
            found[row.task_id].append(row.group_code)
        return found

    def of(self, change: DeadlineChange) -> Affected:
        instance = self.instances.get(change.process_instance_id or "")
        waiting = [*self.tasks[change.deadline_id], *self.timers[change.deadline_id]]
        return Affected(
            change,
            instance.business_key if instance is not None else "",
            self._what(change, instance),
            waiting[0].element_id if waiting else "",
            tuple(self._told(change, instance)) if change.moved and instance else (),
        )

    def _what(self, change: DeadlineChange, instance: ProcessInstance | None) -> str:
        if change.announced:
            return message("schedule.publicity")
        names = [task.name for task in self.tasks[change.deadline_id]]
        if instance is not None:
            bundle = self.tools.bundles.get(self.session, instance.bundle_id)
            elements = bundle.definition.elements
            timers = self.timers[change.deadline_id]
            names += [elements[timer.element_id].name or timer.element_id for timer in timers]
        return "、".join(dict.fromkeys(names)) or message("schedule.period")

    def _told(self, change: DeadlineChange, instance: ProcessInstance) -> Iterator[Telling]:
        case = self.cases.get(instance.case_id or "")
        if case is None:
            return
        groups: list[str] = []
        if change.announced:
            groups = [group(PERSON_ROLE, case.person_code)] if case.person_code else []
            for follower in self.tools.registry.followers:
                groups += follower.concerned(self.session, change.deadline_id)
            yield from (self._group(each, PUBLICITY_MOVED) for each in dict.fromkeys(groups))
        for task in self.tasks[change.deadline_id]:
            yield from self._holders(task, set(groups))

    def _holders(self, task: UserTask, told: set[str]) -> Iterator[Telling]:
        groups = self.groups[task.id]
        if task.assignee is not None and not any(map(_is_applicants, groups)):
            yield Telling(TASK_MOVED, "", task.assignee, task.assignee_name or "")
        else:
            yield from (self._group(each, TASK_MOVED) for each in groups if each not in told)

    def _group(self, code: str, template: str) -> Telling:
        if _is_applicants(code):
            return Telling(template, code, "", message("schedule.told_applicant"))
        role, organisation = role_of(code), organisation_of(code)
        words = names_of(self.session, [organisation]).get(organisation, organisation)
        name = label("roles", role) if has_code("roles", role) else role
        return Telling(template, code, "", f"{words}{name}")


def _is_applicants(code: str) -> bool:
    return role_of(code) == PERSON_ROLE
