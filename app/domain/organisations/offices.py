"""Which offices a unit belongs to: region kind, profile, serving, county, city and region office.

Everything follows from region codes, the department and the offices that exist today.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.codes import city_of, lineage, profile_of_region, province_of
from app.domain.organisations.tables import Organisation, OrganisationType
from app.domain.organisations.tree import (
    bodies_above,
    find_organisation,
    organisation,
    unit,
)
from app.errors import DomainError

_COUNTY = frozenset({OrganisationType.COUNTY_OFFICE, OrganisationType.NX_DISTRICT})
_CITY = frozenset({OrganisationType.CITY_OFFICE})
_REGION = frozenset({OrganisationType.REGION_OFFICE, OrganisationType.NX_REGION})
_TITLE_OFFICES = _COUNTY | _CITY | _REGION
_HR_BODIES = frozenset({OrganisationType.HR_BODY, OrganisationType.ARCHIVE_BODY})
_OF_THE_PROVINCE = _REGION | _HR_BODIES | {OrganisationType.NX_DISTRICT}


class RegionKind(StrEnum):
    """What a unit stands under (code list `region_kind`)."""

    DIRECT = "DIRECT"
    CITY = "CITY"
    COUNTY = "COUNTY"


def office_at(
    session: Session, region_code: str, types: Collection[OrganisationType]
) -> Organisation | None:
    """Return the active office of a region's own code, or None."""
    found = select(Organisation).where(
        Organisation.region_code == region_code,
        Organisation.type.in_(types),
        Organisation.active,
    )
    return session.scalar(found.order_by(Organisation.code).limit(1))


def department(session: Session, unit_code: str) -> Organisation | None:
    """Return the unit's competent department, or None."""
    code = unit(session, unit_code).department_code
    return None if code is None else organisation(session, code)


def region_kind(session: Session, unit_code: str) -> RegionKind:
    """Tell whether a unit is 区直, 市直 or 县属."""
    own_office = self_office(session, unit_code)
    if own_office is not None and _stands_under_region(session, own_office):
        return RegionKind.DIRECT
    kinds = (RegionKind.DIRECT, RegionKind.CITY, RegionKind.COUNTY)
    return kinds[len(lineage(_anchor(session, unit_code))) - 1]


def profile_of(session: Session, unit_code: str) -> str:
    """Return the rule profile of a unit's cases; 区直 units have their province's."""
    code = unit(session, unit_code).region_code
    if region_kind(session, unit_code) is RegionKind.DIRECT:
        return profile_of_region(province_of(code))
    return profile_of_region(code)


def self_office(session: Session, unit_code: str) -> Organisation | None:
    """Return the own office of a self-reviewing unit, or None."""
    code = unit(session, unit_code).own_office_code
    return None if code is None else organisation(session, code)


def hr_body(session: Session, unit_code: str) -> Organisation | None:
    """Return the HR or archive body that is the unit's department or stands above it, or None."""
    above = department(session, unit_code)
    if above is None:
        return None
    chain = [above, *bodies_above(session, above.code)]
    return next((each for each in chain if each.type in _HR_BODIES), None)


def serving_office(session: Session, unit_code: str) -> Organisation:
    """Return the office that serves a unit: the zone office it names, else its region's.

    A district without an office of its own is served by its city's; raises
    `organisations.no_office` when the whole province has none.
    """
    here = unit(session, unit_code)
    named = here.serving_office_code and find_organisation(session, here.serving_office_code)
    if named:
        return named
    for code in lineage(here.region_code):
        office = office_at(session, code, _TITLE_OFFICES)
        if office is not None:
            return office
    raise DomainError("organisations.no_office", region=here.region_code)


def county_office(session: Session, unit_code: str) -> Organisation | None:
    """Return the county, zone or district office above a 县属 unit, or None.

    In profile NX the district is the one the unit's staff is insured in.
    """
    if region_kind(session, unit_code) is not RegionKind.COUNTY:
        return None
    here = unit(session, unit_code)
    if here.serving_office_code is not None:
        return organisation(session, here.serving_office_code)
    if profile_of_region(here.region_code) == "NX":
        return office_at(session, here.insurance_region or here.region_code, _COUNTY)
    return office_at(session, _anchor(session, unit_code), _COUNTY)


def city_office(session: Session, unit_code: str) -> Organisation | None:
    """Return the city office of a unit's region; a 区直 unit and Ningxia have none."""
    if region_kind(session, unit_code) is RegionKind.DIRECT:
        return None
    city = city_of(unit(session, unit_code).region_code)
    return None if city is None else office_at(session, city, _CITY)


def region_office(session: Session, unit_code: str) -> Organisation | None:
    """Return the office or authority of the province that a unit lies in."""
    return region_office_at(session, unit(session, unit_code).region_code)


def region_office_at(session: Session, region_code: str) -> Organisation | None:
    """Return the office or authority of the province that a region lies in."""
    return office_at(session, province_of(region_code), _REGION)


def numbering_region(session: Session, office_code: str) -> str:
    """Return the region in the numbers an office gives out; bodies of the province have its."""
    office = organisation(session, office_code)
    own = office.type == OrganisationType.SELF_REVIEW and _stands_under_region(session, office)
    if own or office.type in _OF_THE_PROVINCE:
        return province_of(office.region_code)
    return office.region_code


def _anchor(session: Session, unit_code: str) -> str:
    """The region code that decides the kind: the department's, without one the unit's own."""
    above = department(session, unit_code)
    return (above or unit(session, unit_code)).region_code


def _stands_under_region(session: Session, office: Organisation) -> bool:
    if office.parent_code is None:
        return False
    return organisation(session, office.parent_code).type in _REGION
