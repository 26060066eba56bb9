"""The six-digit region that stands in certificate and management numbers."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.codes import province_of
from app.domain.organisations.offices import serving_office
from app.domain.organisations.tables import Organisation, OrganisationType
from app.domain.organisations.tree import organisation
from app.domain.people.register import person
from app.errors import DomainError

OF_THE_PROVINCE = frozenset(
    {
        OrganisationType.REGION_OFFICE,
        OrganisationType.HR_BODY,
        OrganisationType.ARCHIVE_BODY,
        OrganisationType.NX_REGION,
        OrganisationType.NX_DISTRICT,
    }
)


def numbering_region(session: Session, office_code: str) -> str:
    """Return the region of an approving office; bodies of the province carry the province's."""
    office = organisation(session, office_code)
    if office.type in OF_THE_PROVINCE or _own_office_of_the_province(session, office):
        return province_of(office.region_code)
    return office.region_code


def recording_region(session: Session, person_code: str) -> str:
    """Return the region for a title whose approving body is not on the platform."""
    unit_code = person(session, person_code).unit_code
    if unit_code is None:
        raise DomainError("title.no_region", person=person_code)
    return numbering_region(session, serving_office(session, unit_code).code)


def _own_office_of_the_province(session: Session, office: Organisation) -> bool:
    if office.type != OrganisationType.SELF_REVIEW or office.parent_code is None:
        return False
    return organisation(session, office.parent_code).type in OF_THE_PROVINCE
