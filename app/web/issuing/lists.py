"""Which issuance records an officer sees on which page, read from rows without any instance.

What he may act on is told by the open tasks of his groups; the record list also shows what he may
only read. An office that has no part in a record never sees it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from app.domain.access.actor import Actor, organisation_of, role_of
from app.domain.cases.tables import CaseRow
from app.domain.certificates.tables import Certificate, CertificateStatus
from app.domain.issuance.tables import Issuance, IssuanceState
from app.domain.organisations import descendants, names_of
from app.domain.people import Person, Photo
from app.domain.titles.tables import Carrier, TitleRecord, TitleStatus
from app.engine.tables import OPEN, TaskCandidate, UserTask

CERTIFIER, REVIEWER, REGION = "R-CERT", "R-CREV", "R-REG"
# The steps of the issuance procedure that the pages act on; operations read their submissions too.
APPLY, REVIEW = "apply_issuance", "review_issuance"
RELEASE, FAILURE = "release_issuance", "handle_failure"
TO_APPLY = (IssuanceState.READY, IssuanceState.REFUSED)
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Line:
    """One record on a page: whose title, which state, and the task one may act on."""

    issuance: Issuance
    record: TitleRecord
    person: str
    id_number: str
    task: UserTask | None
    photo: bool
    body: str
    reviewer: str


def offices_with(actor: Actor, role: str) -> list[str]:
    """Return the organisations for which the actor holds a role."""
    return sorted(organisation_of(group) for group in actor.groups if role_of(group) == role)


def to_apply(session: Session, actor: Actor) -> list[Line]:
    """Return what the actor's offices may apply for, also what still waits for collection."""
    query = _query(APPLY, outer=True).where(
        Issuance.office.in_(offices_with(actor, CERTIFIER)), Issuance.state.in_(TO_APPLY)
    )
    return _lines(session, query)


def pending(session: Session, actor: Actor) -> list[Line]:
    """Return what the actor's offices have applied for and nobody has reviewed."""
    query = _query(REVIEW, outer=True).where(
        Issuance.office.in_(offices_with(actor, CERTIFIER)),
        Issuance.state == IssuanceState.PENDING,
    )
    return _lines(session, query)


def failed(session: Session, actor: Actor) -> list[Line]:
    """Return the failed records of the actor's offices."""
    query = _query(FAILURE, outer=True).where(
        Issuance.office.in_(offices_with(actor, CERTIFIER)),
        Issuance.state == IssuanceState.FAILED,
    )
    return _lines(session, query)


def waiting(session: Session, actor: Actor, element: str, role: str) -> list[Line]:
    """Return the records whose open task of a step is offered to the actor in a role."""
    groups = [group for group in actor.groups if role_of(group) == role]
    offered = select(TaskCandidate.task_id).where(TaskCandidate.group_code.in_(groups))
    query = _query(element).where(
        UserTask.id.in_(offered),
        UserTask.assignee.is_(None) | (UserTask.assignee == actor.account_id),
    )
    return _lines(session, query)


def of_tasks(session: Session, task_ids: Collection[str]) -> dict[str, Line]:
    """Return the records that tasks, open or done, stand for, by task."""
    query = _joined().join(UserTask, UserTask.case_id == CaseRow.id)
    query = query.add_columns(UserTask).where(UserTask.id.in_(list(task_ids)))
    return {line.task.id: line for line in _lines(session, query) if line.task}


def openable(session: Session, actor: Actor) -> list[tuple[TitleRecord, str]]:
    """Return electronic titles of the actor's office that nothing has been issued for yet."""
    under_way = select(Issuance.title_record_id).where(Issuance.state != IssuanceState.ISSUED)
    issued = select(Certificate.title_record_id).where(
        Certificate.status == CertificateStatus.VALID
    )
    query = _own_titles(session, actor).where(
        TitleRecord.status == TitleStatus.VALID,
        TitleRecord.carrier == Carrier.ELECTRONIC,
        TitleRecord.id.not_in(under_way),
        TitleRecord.id.not_in(issued),
    )
    return [(row[0], row[1]) for row in session.execute(query.limit(MOST_AT_ONCE))]


def own_titles(
    session: Session, actor: Actor, record_ids: Collection[str]
) -> list[tuple[TitleRecord, str]]:
    """Return those of some titles that the actor's office or one below it has approved."""
    query = _own_titles(session, actor).where(TitleRecord.id.in_(list(record_ids)))
    return [(row[0], row[1]) for row in session.execute(query)]


def _own_titles(session: Session, actor: Actor) -> Select[Any]:
    offices = offices_with(actor, CERTIFIER)
    own = {code for office in offices for code in [office, *descendants(session, office)]}
    columns: tuple[Any, ...] = (TitleRecord, Person.name)
    return (
        select(*columns)
        .join(Person, Person.code == TitleRecord.person_code)
        .where(TitleRecord.approval_body_code.in_(own))
        .order_by(TitleRecord.approved_on, TitleRecord.mgmt_no)
    )


def line_of(session: Session, issuance_id: str) -> Line | None:
    """Return one record, or None."""
    lines = _lines(session, _query(APPLY, outer=True).where(Issuance.id == issuance_id))
    return lines[0] if lines else None


def seen_by(session: Session, actor: Actor) -> Any:
    """Return the condition of the records an actor may read: own, to review, and below him."""
    offices = set(actor.offices)
    below = {code for office in offices for code in descendants(session, office)}
    return Issuance.office.in_(offices) | Issuance.review_org.in_(offices | below)


def readable(session: Session, actor: Actor, found: Iterable[Line]) -> list[Line]:
    """Return those of some records that the actor may read; nobody below him is hidden."""
    offices = set(actor.offices)
    below = {code for office in offices for code in descendants(session, office)}
    return [
        line
        for line in found
        if line.issuance.office in offices or line.issuance.review_org in offices | below
    ]


def _joined() -> Select[Any]:
    columns: tuple[Any, ...] = (Issuance, TitleRecord, Person)
    return (
        select(*columns)
        .join(TitleRecord, TitleRecord.id == Issuance.title_record_id)
        .join(Person, Person.code == TitleRecord.person_code)
        .outerjoin(CaseRow, CaseRow.case_no == Issuance.case_no)
    )


def _query(element: str, *, outer: bool = False) -> Select[Any]:
    task = and_(
        UserTask.case_id == CaseRow.id,
        UserTask.status == OPEN,
        UserTask.element_id == element,
    )
    query = _joined().join(UserTask, task, isouter=outer)
    return query.add_columns(UserTask).order_by(Issuance.opened_at, Issuance.id)


def _lines(session: Session, query: Select[Any]) -> list[Line]:
    return lines(session, [tuple(row) for row in session.execute(query.limit(MOST_AT_ONCE))])


def lines(session: Session, rows: Iterable[tuple[Any, ...]]) -> list[Line]:
    """Make lines of rows (issuance, title record, person, task)."""
    found = list(rows)
    people = {row[2].code for row in found}
    photos = set(session.scalars(select(Photo.person_code).where(Photo.person_code.in_(people))))
    codes = {row[1].approval_body_code or "" for row in found}
    codes |= {row[0].review_org or "" for row in found}
    names = names_of(session, codes - {""})
    return [
        Line(
            issuance, record, person.name, person.id_number, task, person.code in photos,
            record.approval_body_name or names.get(record.approval_body_code or "", ""),
            names.get(issuance.review_org or "", ""),
        )
        for issuance, record, person, task in found
    ]  # fmt: skip
