"""Which role acts for a body in a case, by the body's type; used where no drawing names one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.access.actor import group
from app.domain.organisations.tables import Organisation, OrganisationType
from app.domain.organisations.tree import bodies_above

ACTING = {
    OrganisationType.UNIT: "R-UADM",
    OrganisationType.DEPARTMENT: "R-DEPT",
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


def acting_role(body: Organisation) -> str | None:
    """Return the role that acts for a body, or None when nobody does."""
    return ACTING.get(OrganisationType(body.type))


def superior_group(session: Session, code: str) -> str | None:
    """Return who is told when a body lets a task lie: the nearest body above that anybody acts for.

    None at the top of the tree.
    """
    for body in bodies_above(session, code):
        role = acting_role(body)
        if role is not None:
            return group(role, body.code)
    return None
