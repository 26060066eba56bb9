"""A person's own pages: his cases, certificates and notices, and the procedures he may start."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.actor import PERSON_ROLE, Actor, group
from app.domain.cases.register import cases_of
from app.domain.cases.tables import FINAL, CaseRow, CaseState
from app.domain.certificates.register import certificates_of
from app.domain.certificates.tables import Certificate
from app.domain.notifications.reading import notices_of
from app.domain.titles.tables import TitleRecord
from app.engine.tables import OPEN, TaskCandidate, UserTask
from app.web.access_rules import public, role_needed
from app.web.chips import Chip, chip_of
from app.web.extensions import legal_now, reading
from app.web.identity import actor as current
from app.web.identity import current_actor
from app.web.notices import reader_of
from app.web.procedures import startable, titles

blueprint = Blueprint("applicant", __name__)


@dataclass(frozen=True)
class CaseLine:
    """A case in the list of its applicant."""

    case: CaseRow
    title: str
    to_do: list[UserTask]
    chip: Chip | None
    ended: bool


@dataclass(frozen=True)
class Held:
    """A certificate in the list of its holder."""

    certificate: Certificate
    record: TitleRecord


@blueprint.get("/my")
@role_needed(PERSON_ROLE)
def my_page() -> str:
    """Cases, certificates and the newest notices."""
    session, actor = reading(), current()
    lines = _lines(session, actor)
    return render_template(
        "pages/applicant/my.html", running=[line for line in lines if not line.ended],
        ended=[line for line in lines if line.ended], certificates=_held(session, actor),
        notices=notices_of(session, reader_of(actor), size=5).notices,
        procedures=startable(session, actor),
    )  # fmt: skip


def _lines(session: Session, actor: Actor) -> list[CaseLine]:
    names, now = titles(session), legal_now()
    found = []
    for case in cases_of(session, actor.person_code or ""):
        to_do = own_tasks(session, case.id, actor)
        chip = chip_of(session, to_do[0].deadline_id, now) if to_do else None
        ended = CaseState(case.state) in FINAL
        found.append(CaseLine(case, names.get(case.process_key, ""), to_do, chip, ended))
    return found


def own_tasks(session: Session, case_id: str, actor: Actor) -> list[UserTask]:
    """Return the open steps of a case that the person himself has to take."""
    own = group(PERSON_ROLE, actor.person_code or "")
    query = (
        select(UserTask)
        .join(TaskCandidate, TaskCandidate.task_id == UserTask.id)
        .where(
            UserTask.case_id == case_id,
            UserTask.status == OPEN,
            TaskCandidate.group_code == own,
        )
        .order_by(UserTask.created_at, UserTask.id)
    )
    return list(session.scalars(query))


def _held(session: Session, actor: Actor) -> list[Held]:
    return [
        Held(certificate, session.get_one(TitleRecord, certificate.title_record_id))
        for certificate in certificates_of(session, actor.person_code or "")
    ]


@blueprint.get("/apply")
@public
def procedures() -> str:
    """The procedures: for a person those he may start, for everybody else the guides to all."""
    acting = current_actor()
    is_person = acting is not None and PERSON_ROLE in acting.roles
    found = startable(reading(), acting if is_person else None)
    return render_template("pages/applicant/procedures.html", procedures=found, may_start=is_person)
