"""The queues of the inbox: read from projected tasks by the actor's groups, keyset-paged.

No instance is restored here. A task that somebody else has claimed stands in nobody else's queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.access.actor import PERSON_ROLE, Actor, organisation_of, role_of
from app.domain.access.rules import HEADS
from app.domain.calendar import Deadline
from app.domain.cases.tables import CaseRow
from app.domain.people import Person
from app.engine.signing.signers import to_sign
from app.engine.tables import COMPLETED, OPEN, PENDING, ProcessInstance, TaskCandidate, UserTask
from app.web.chips import Chip, chip

WAITING, MINE, SIGN, DONE, TEAM = "todo", "mine", "sign", "done", "team"
QUEUES = (WAITING, MINE, SIGN, DONE)
PAGE = 20
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to."""

    process: str = ""
    step: str = ""
    text: str = ""

    @property
    def active(self) -> bool:
        """Tell whether anything is filtered."""
        return bool(self.process or self.step or self.text)


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    task: UserTask
    case_no: str
    process_key: str
    person: str
    chip: Chip | None


@dataclass(frozen=True)
class Page:
    """One page of a queue and where the next one begins."""

    rows: list[Row]
    following: str


def _groups(actor: Actor) -> list[str]:
    """Return the groups whose work stands in the inbox; a person's own steps are on his page."""
    return sorted(group for group in actor.groups if role_of(group) != PERSON_ROLE)


def condition(queue: str, actor: Actor) -> Any:
    """Return which tasks belong to a queue."""
    if queue == DONE:
        return and_(UserTask.status == COMPLETED, UserTask.completed_by == actor.account_id)
    if queue == MINE:
        delegated = and_(UserTask.owner == actor.account_id, UserTask.delegation == PENDING)
        mine = or_(UserTask.assignee == actor.account_id, delegated)
        return and_(UserTask.status == OPEN, mine)
    if queue == SIGN:
        return to_sign(actor)
    if queue == TEAM:
        ours = select(TaskCandidate.task_id).where(_of_team(actor))
        return and_(UserTask.status == OPEN, UserTask.id.in_(ours))
    offered = select(TaskCandidate.task_id).where(TaskCandidate.group_code.in_(_groups(actor)))
    return and_(UserTask.status == OPEN, UserTask.assignee.is_(None), UserTask.id.in_(offered))


def _of_team(actor: Actor) -> Any:
    """Return which groups belong to the organisations that the actor heads."""
    codes = sorted({organisation_of(g) for g in actor.groups if role_of(g) in HEADS})
    own = TaskCandidate.group_code.startswith(f"{PERSON_ROLE}@")
    return and_(~own, or_(False, *(TaskCandidate.group_code.endswith(f"@{c}") for c in codes)))


def queues_of(actor: Actor) -> tuple[str, ...]:
    """Return the queues of somebody's inbox; heads also see what is open in their organisation."""
    return (*QUEUES, TEAM) if any(role_of(g) in HEADS for g in actor.groups) else QUEUES


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """Count every queue."""
    query = select(func.count()).select_from(UserTask)
    return {
        queue: session.scalar(query.where(condition(queue, actor))) or 0
        for queue in queues_of(actor)
    }


def choices(session: Session, queue: str, actor: Actor) -> tuple[list[str], list[str]]:
    """Return the procedures and steps that occur in a queue."""
    query = (
        select(ProcessInstance.process_key, UserTask.name)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(condition(queue, actor))
        .distinct()
    )
    rows = session.execute(query).all()
    return sorted({row[0] for row in rows}), sorted({row[1] for row in rows})


def page(
    session: Session, queue: str, actor: Actor, narrowed: Filter, after: str, now: datetime
) -> Page:
    """Return the rows after a position: the most urgent first, of done ones the newest."""
    query = _narrowed(_query().where(condition(queue, actor)), narrowed)
    query = _newest_first(query, after) if queue == DONE else _most_urgent_first(query, after)
    found = session.execute(query.limit(PAGE + 1)).all()
    rows = [_row(session, *each, now=now) for each in found[:PAGE]]
    return Page(rows, _key(rows[-1].task, queue) if len(found) > PAGE else "")


def _newest_first(query: Select[Any], after: str) -> Select[Any]:
    done_at, position = func.coalesce(UserTask.completed_at, NEVER), _position(after)
    if position is not None:
        at, last = position
        query = query.where(or_(done_at < at, and_(done_at == at, UserTask.id < last)))
    return query.order_by(done_at.desc(), UserTask.id.desc())


def _most_urgent_first(query: Select[Any], after: str) -> Select[Any]:
    due_at, position = func.coalesce(UserTask.due_at, NEVER), _position(after)
    if position is not None:
        at, last = position
        query = query.where(or_(due_at > at, and_(due_at == at, UserTask.id > last)))
    return query.order_by(due_at, UserTask.id)


def row(session: Session, task_id: str, now: datetime) -> Row | None:
    """Return one line."""
    found = session.execute(_query().where(UserTask.id == task_id)).first()
    return None if found is None else _row(session, *found, now=now)


def _query() -> Select[Any]:
    business_key, process_key = ProcessInstance.business_key, ProcessInstance.process_key
    columns: tuple[Any, ...] = (UserTask, business_key, process_key, Person.name, Deadline)
    return (
        select(*columns)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .outerjoin(CaseRow, CaseRow.id == UserTask.case_id)
        .outerjoin(Person, Person.code == CaseRow.person_code)
        .outerjoin(Deadline, Deadline.id == UserTask.deadline_id)
    )


def _narrowed(query: Select[Any], narrowed: Filter) -> Select[Any]:
    if narrowed.process:
        query = query.where(ProcessInstance.process_key == narrowed.process)
    if narrowed.step:
        query = query.where(UserTask.name == narrowed.step)
    if narrowed.text:
        query = query.where(
            or_(
                ProcessInstance.business_key.contains(narrowed.text, autoescape=True),
                Person.name.contains(narrowed.text, autoescape=True),
            )
        )
    return query


def _row(
    session: Session, task: UserTask, case_no: str, process_key: str, person: str | None,
    deadline: Deadline | None, *, now: datetime,
) -> Row:  # fmt: skip
    return Row(task, case_no, process_key, person or "", chip(session, deadline, now))


def _key(task: UserTask, queue: str) -> str:
    at = task.completed_at if queue == DONE else task.due_at or NEVER
    return f"{at.isoformat() if at else ''}|{task.id}"


def _position(after: str) -> tuple[datetime, str] | None:
    text, _, last = after.partition("|")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at, last) if at.tzinfo is not None else None
