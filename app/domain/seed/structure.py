"""Seeds organisations, committees and authority grants.

What exists already is left as it is; words of the files become codes on the way in.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import business_code, code_of, level_code
from app.domain.organisations import (
    AuthorityGrant,
    Committee,
    OrganisationType,
    Registration,
    find_organisation,
    register_office,
    register_unit,
)
from app.domain.seed.reading import DATA, Row, day, rows, text


def seed_structure(session: Session, folder: Path) -> None:
    """Enter all offices, departments, units, committees and grants of a folder."""
    for row in [*rows(folder, "offices"), *rows(folder, "departments")]:
        if find_organisation(session, row["org_code"]) is None:
            _office(session, row)
    for row in rows(folder, "units"):
        if find_organisation(session, row["unit_code"]) is None:
            _unit(session, row)
    for row in rows(folder, "committees"):
        if (
            session.scalar(select(Committee.id).where(Committee.code == row["committee_code"]))
            is None
        ):
            session.add(_committee(row))
    if session.scalar(select(AuthorityGrant.id).limit(1)) is None:
        session.add_all(_grant(row) for row in rows(folder, "authority_grants"))
    _contacts(session)


def _office(session: Session, row: Row) -> None:
    highest = text(row, "default_max_level")
    register_office(
        session,
        code=row["org_code"],
        name=row["name_zh"],
        short_name=text(row, "short_name_zh"),
        type=OrganisationType(code_of("org_type", row["org_type_zh"])),
        region_code=row["region_code"],
        parent_code=text(row, "parent_code"),
        default_max_level=None if highest is None else level_code(highest),
    )


def _unit(session: Session, row: Row) -> None:
    unit = register_unit(
        session,
        code=row["unit_code"],
        name=row["name_zh"],
        kind=code_of("unit_kind", row["kind_zh"]),
        uscc=row["uscc"],
        region_code=row["region_code"],
        department_code=text(row, "department_code"),
        own_office_code=text(row, "own_office_code"),
        insurance_region=text(row, "insurance_region_code"),
    )
    state = code_of("unit_registration", row["registration_status_zh"])
    unit.registration_state = Registration(state)


def _committee(row: Row) -> Committee:
    return Committee(
        code=row["committee_code"],
        name=row["name_zh"],
        region_code=row["region_code"],
        series=row["series_code"],
        max_level=level_code(row["max_level_zh"]),
        host_office_code=text(row, "host_office_code"),
        filed=row["filed"] == "1",
        filing_no=text(row, "filing_no"),
        filing_level=text(row, "filing_level"),
        filed_from=day(row, "filed_from"),
        filed_to=day(row, "filed_to"),
    )


def _grant(row: Row) -> AuthorityGrant:
    return AuthorityGrant(
        office_code=row["org_code"],
        business=business_code(row["business_zh"]),
        series=row["series_code"],
        max_level=level_code(row["max_level_zh"]),
        valid_from=day(row, "valid_from"),
        valid_to=day(row, "valid_to"),
        note=text(row, "note"),
    )


def _contacts(session: Session) -> None:
    """Heads and telephone numbers, which the specification's test data does not have."""
    for row in rows(DATA, "contacts"):
        organisation = find_organisation(session, row["org_code"])
        if organisation is not None and organisation.contact is None:
            organisation.head = text(row, "head_name")
            organisation.contact = text(row, "contact")
