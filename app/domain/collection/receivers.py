"""To which body an office hands in the data of what it approved, and who acts there.

A city office reports for itself; the data of high-level titles go to the region office.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.organisations import (
    Organisation,
    OrganisationType,
    collection_parent,
    organisation,
    region_office_at,
)

REPORTS_ITSELF = frozenset({OrganisationType.CITY_OFFICE})
ROLES = {
    OrganisationType.REGION_OFFICE: "R-REG",
    OrganisationType.CITY_OFFICE: "R-CITY",
    OrganisationType.COUNTY_OFFICE: "R-CNTY",
    OrganisationType.ZONE_OFFICE: "R-CNTY",
    OrganisationType.SERIES_OFFICE: "R-SER",
    OrganisationType.HR_BODY: "R-HRB",
    OrganisationType.ARCHIVE_BODY: "R-HRB",
    OrganisationType.SELF_REVIEW: "R-SELF",
    OrganisationType.NX_DISTRICT: "R-NXD",
    OrganisationType.NX_REGION: "R-NXR",
}


@dataclass(frozen=True)
class Receiver:
    """The body that accepts the data; None as role means that nobody acts there."""

    code: str
    role: str | None


def receiver_of(session: Session, office_code: str, *, high: bool) -> Receiver:
    """Return where an office's data go now; the office itself when nothing is above it."""
    office = organisation(session, office_code)
    found = _parent(session, office, high) or office
    return Receiver(found.code, ROLES.get(OrganisationType(found.type)))


def _parent(session: Session, office: Organisation, high: bool) -> Organisation | None:
    if high:
        return region_office_at(session, office.region_code)
    if office.type in REPORTS_ITSELF:
        return office
    return collection_parent(session, office.code)
