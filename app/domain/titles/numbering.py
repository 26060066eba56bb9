"""The region of a management number when the approving body is not on the platform."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.organisations import numbering_region, serving_office
from app.domain.people.register import person
from app.errors import DomainError


def recording_region(session: Session, person_code: str) -> str:
    """Return the region for a title whose approving body is not on the platform."""
    unit_code = person(session, person_code).unit_code
    if unit_code is None:
        raise DomainError("title.no_region", person=person_code)
    return numbering_region(session, serving_office(session, unit_code).code)
