"""Objections against a publicity: receiving one, deciding it, suspecting more behind it.

What a finding means for the case is drawn in the publicity process and its decision. What arrives
after the end is a report; who said it and what he said are sealed in both.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.domain.access.actor import Actor
from app.domain.integrity.tables import Report
from app.domain.publicity.publishing import SHOWN
from app.domain.publicity.tables import Finding, Objection, Place, Publicity, PublicityState
from app.errors import DomainError

NOT_UPHELD = (Finding.UNFOUNDED, Finding.NOT_ACCEPTED)
OBJECTION, REPORT = "YY", "JB"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread on paper
RECEIPT_LENGTH = 8


@dataclass(frozen=True)
class Decider:
    """The person who decides an objection, and the body he acts for."""

    account: str
    name: str
    organisation: str


def is_running(publicity: Publicity, now: datetime) -> bool:
    """Tell whether a publicity takes objections at an instant; its end does not belong to it."""
    return publicity.state in SHOWN and publicity.published_at <= now < publicity.end_exclusive


def examines(actor: Actor, publicity: Publicity) -> bool:
    """Tell whether the actor belongs to the body that examines objections to a publicity."""
    examining = {publicity.receiver_code, publicity.host_code}
    if publicity.place == Place.UNIT and publicity.unit_code is not None:
        examining.add(publicity.unit_code)
    return bool(actor.offices & examining)


def receive(
    session: Session,
    publicity: Publicity,
    *,
    objector: dict[str, str] | None,
    facts: str,
    now: datetime,
) -> Objection:
    """Take an objection in; after the end of the publicity it can only be a report."""
    if not is_running(publicity, now):
        raise DomainError("publicity.objection_late")
    # The objection refers to the publicity, whose row may not have been written yet.
    session.flush()
    objection = Objection(
        id=new_id(),
        receipt_no=_receipt(OBJECTION, now),
        publicity_id=publicity.id,
        anonymous=objector is None,
        received_at=now,
    )
    objection.objector = objector
    objection.facts = facts
    session.add(objection)
    publicity.state = PublicityState.PENDING_OBJECTION
    return objection


def report_late(
    session: Session,
    publicity: Publicity,
    *,
    objector: dict[str, str] | None,
    facts: str,
    now: datetime,
) -> Report:
    """Keep what came after the end as a report; it does not reopen the publicity."""
    report = Report(
        id=new_id(),
        receipt_no=_receipt(REPORT, now),
        case_no=publicity.case_no,
        publicity_id=publicity.id,
        receiver_code=publicity.receiver_code,
        anonymous=objector is None,
        received_at=now,
    )
    report.informant = objector
    report.facts = facts
    session.add(report)
    return report


def _receipt(kind: str, now: datetime) -> str:
    tail = "".join(secrets.choice(ALPHABET) for _ in range(RECEIPT_LENGTH))
    return f"{kind}{local_date(now):%Y%m%d}{tail}"


def suspect(objection: Objection, *, now: datetime) -> None:
    """Note that an objection points to falsification; it stays undecided."""
    if objection.finding is not None:
        raise DomainError("publicity.objection_decided")
    objection.suspected_at = objection.suspected_at or now


def decide(
    session: Session,
    objection: Objection,
    finding: Finding,
    *,
    reason: str,
    decider: Decider,
    now: datetime,
) -> Publicity:
    """Record the finding on an objection and return its publicity in the state that follows."""
    if objection.finding is not None:
        raise DomainError("publicity.objection_decided")
    objection.finding = finding
    objection.reason = reason
    objection.decided_by, objection.decided_by_name = decider.account, decider.name
    objection.decided_org, objection.decided_at = decider.organisation, now
    publicity = session.get_one(Publicity, objection.publicity_id)
    if publicity.state != PublicityState.PENDING_OBJECTION:
        return publicity
    if finding not in NOT_UPHELD:
        publicity.state, publicity.ended_at = PublicityState.UPHELD, now
    elif not has_open_objection(session, publicity.id):
        publicity.state = PublicityState.RUNNING
    return publicity


def has_open_objection(session: Session, publicity_id: str) -> bool:
    """Say whether an objection of this publicity is still undecided."""
    undecided = exists().where(Objection.publicity_id == publicity_id, Objection.finding.is_(None))
    return bool(session.scalar(select(undecided)))


def objections_of(session: Session, publicity_id: str) -> Sequence[Objection]:
    """Return the objections of a publicity, the first one first."""
    query = select(Objection).where(Objection.publicity_id == publicity_id)
    return session.scalars(query.order_by(Objection.received_at, Objection.id)).all()


def suspected_of(session: Session, publicity_id: str) -> list[Objection]:
    """Return the undecided objections of a publicity that point to falsification."""
    return [
        each
        for each in objections_of(session, publicity_id)
        if each.suspected_at is not None and each.finding is None
    ]
