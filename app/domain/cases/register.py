"""The register of cases: drafting, numbering, submitting, moving on, finding.

A draft has no number; the number is taken when the case is submitted and never used again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import local_date
from app.db.base import new_id
from app.domain.cases.tables import FINAL, CaseRow, CaseState
from app.domain.certificates.serials import next_serial
from app.domain.codes import label
from app.errors import DomainError, NotAllowed

VERSION_FILE = Path(__file__).with_name("rule_versions.toml")
PATTERN = "{profile}{business}{date}{serial:05d}"
MOST_SERIAL = 99_999


def draft_case(
    session: Session,
    *,
    business: str,
    process_key: str,
    profile: str,
    person_code: str | None,
    unit_code: str | None,
    created_by: str,
    now: datetime,
    values: dict[str, Any] | None = None,
) -> CaseRow:
    """Add a draft; it uses no number and starts no process instance."""
    case = CaseRow(
        id=new_id(),
        business=business,
        process_key=process_key,
        profile=profile,
        person_code=person_code,
        unit_code=unit_code,
        path={},
        state=CaseState.DRAFT,
        created_by=created_by,
        created_at=now,
        updated_at=now,
    )
    case.draft_values = values or {}
    session.add(case)
    return case


def save_draft(case: CaseRow, values: dict[str, Any], *, now: datetime) -> None:
    """Keep what was typed so far; a submitted case has no draft."""
    if case.state != CaseState.DRAFT:
        raise DomainError("case.not_a_draft", case_no=case.case_no or "")
    case.draft_values = values
    case.updated_at = now


def submit_case(
    session: Session,
    case: CaseRow,
    *,
    path: dict[str, Any],
    state: CaseState,
    now: datetime,
    pattern: str = PATTERN,
) -> str:
    """Turn a draft into a case: number, frozen path, rule version, first state."""
    if case.state != CaseState.DRAFT:
        raise DomainError("case.not_a_draft", case_no=case.case_no or "")
    day = local_date(now)
    number = next_case_number(session, case.profile, case.business, day, pattern)
    case.case_no = number
    case.path = dict(path)
    case.rule_version = rule_version(case.profile, day)
    case.submitted_on = day
    case.state, case.updated_at = state, now
    case.draft_values = None
    return number


def next_case_number(
    session: Session, profile: str, business: str, day: date, pattern: str = PATTERN
) -> str:
    """Take the next number of a profile and business on a day, without gaps.

    The pattern names `profile`, `business`, `date` (yyyymmdd) and, last, `serial`.
    """
    known = {"profile": profile, "business": business, "date": f"{day:%Y%m%d}"}
    prefix = pattern.partition("{serial")[0].format(**known)
    serial = next_serial(session, f"case:{prefix}")
    if serial > MOST_SERIAL:
        raise DomainError("case.numbers_used_up", prefix=prefix)
    return pattern.format(**known, serial=serial)


def set_state(case: CaseRow, state: CaseState, *, now: datetime) -> None:
    """Move a case on; a final state is never left."""
    if case.state == state:
        return
    if case.state in FINAL:
        state_name = label("case_state", case.state)
        raise DomainError("case.final", case_no=case.case_no or "", state=state_name)
    if state == CaseState.DRAFT:
        raise DomainError("case.never_a_draft_again", case_no=case.case_no or "")
    case.state, case.updated_at = state, now


def decide(case: CaseRow, *, approving_org: str, now: datetime) -> None:
    """Record which body approved a case, and on which day."""
    set_state(case, CaseState.APPROVED, now=now)
    case.approving_org, case.decided_on = approving_org, local_date(now)


def case_by_number(session: Session, case_no: str) -> CaseRow:
    """Return a case by its number; an unknown one answers like a foreign one."""
    found = session.scalars(select(CaseRow).where(CaseRow.case_no == case_no)).one_or_none()
    if found is None:
        raise NotAllowed("case.unknown")
    return found


def cases_of(session: Session, person_code: str) -> Sequence[CaseRow]:
    """Return the cases of a person, drafts too, the newest first."""
    query = select(CaseRow).where(CaseRow.person_code == person_code)
    return session.scalars(query.order_by(CaseRow.created_at.desc(), CaseRow.id.desc())).all()


def open_cases(
    session: Session,
    *,
    businesses: Collection[str],
    person_code: str | None = None,
    title_record_id: str | None = None,
) -> Sequence[CaseRow]:
    """Return submitted cases of these businesses that are not closed, for a person or a title."""
    query = select(CaseRow).where(
        CaseRow.business.in_(businesses), CaseRow.state.not_in([CaseState.DRAFT, *FINAL])
    )
    if person_code is not None:
        query = query.where(CaseRow.person_code == person_code)
    if title_record_id is not None:
        query = query.where(CaseRow.title_record_id == title_record_id)
    return session.scalars(query.order_by(CaseRow.created_at, CaseRow.id)).all()


def rule_version(profile: str, on: date) -> str:
    """Return the version of the rules in force for a profile on a day."""
    in_force = [entry for entry in _versions().get(profile, []) if entry["from"] <= on]
    if not in_force:
        raise DomainError("case.no_rule_version", profile=profile, on=on)
    version: str = max(in_force, key=lambda entry: entry["from"])["version"]
    return version


@cache
def _versions() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(VERSION_FILE.read_text(encoding="utf-8"))
