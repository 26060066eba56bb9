"""Enters organisations: offices opened by a superior office, units that register themselves.

Checks codes, parents and credit codes; accounts are opened by `app.domain.accounts`.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import label, region
from app.domain.organisations.offices import serving_office
from app.domain.organisations.tables import Organisation, OrganisationType, Registration
from app.domain.organisations.tree import find_organisation, organisation, unit
from app.domain.people.identifiers import check_credit_code
from app.errors import DomainError


def register_office(
    session: Session,
    *,
    code: str,
    name: str,
    type: OrganisationType,
    region_code: str,
    parent_code: str | None,
    short_name: str | None = None,
    default_max_level: str | None = None,
) -> Organisation:
    """Enter an office, department or other body; raises `organisations.exists`."""
    _require_new(session, code)
    region(region_code)
    if parent_code is not None:
        organisation(session, parent_code)
    office = Organisation(
        code=code,
        name=name,
        short_name=short_name,
        type=type,
        region_code=region_code,
        parent_code=parent_code,
        default_max_level=default_max_level,
        active=True,
    )
    session.add(office)
    return office


def register_unit(
    session: Session,
    *,
    name: str,
    kind: str,
    uscc: str,
    region_code: str,
    code: str | None = None,
    department_code: str | None = None,
    own_office_code: str | None = None,
    serving_office_code: str | None = None,
    insurance_region: str | None = None,
    contact: str | None = None,
) -> Organisation:
    """Enter a unit as 待审核; without a code of its own it is DW- and its credit code."""
    credit_code = _new_credit_code(session, uscc)
    own_code = code or f"DW-{credit_code}"
    _require_new(session, own_code)
    label("unit_kind", kind)
    insured_in = region(insurance_region or region_code).code
    for related in filter(None, (department_code, own_office_code, serving_office_code)):
        organisation(session, related)
    new = Organisation(
        code=own_code,
        name=name,
        type=OrganisationType.UNIT,
        region_code=region(region_code).code,
        uscc=credit_code,
        active=True,
        kind=kind,
        department_code=department_code,
        own_office_code=own_office_code,
        serving_office_code=serving_office_code,
        registration_state=Registration.PENDING,
        insurance_region=insured_in,
        contact=contact,
    )
    session.add(new)
    new.parent_code = department_code or own_office_code or serving_office(session, own_code).code
    return new


def decide_registration(session: Session, unit_code: str, state: Registration) -> None:
    """Set the state of a unit's registration."""
    unit(session, unit_code).registration_state = state


def _require_new(session: Session, code: str) -> None:
    if find_organisation(session, code) is not None:
        raise DomainError("organisations.exists", organisation=code)


def _new_credit_code(session: Session, text: str) -> str:
    credit_code = check_credit_code(text)
    if session.scalar(select(Organisation.id).where(Organisation.uscc == credit_code)):
        raise DomainError("organisations.uscc_registered", uscc=credit_code)
    return credit_code
