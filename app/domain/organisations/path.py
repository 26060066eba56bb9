"""The review path of a case: which bodies it can pass, as of the moment of submission.

The caller freezes it as the process variable `path`; a later change of employer or department
never reroutes a running case.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from app.domain.organisations import offices
from app.domain.organisations.tables import Organisation
from app.domain.organisations.tree import unit


@dataclass(frozen=True)
class ReviewPath:
    """Codes of the bodies on the path; None means that the case has no such lane."""

    unit: str
    department: str | None
    county: str | None
    city: str | None
    region: str | None
    hr_body: str | None
    self_office: str | None
    serving: str

    def for_applicant(self, person_code: str | None) -> dict[str, str | None]:
        """Return the process variable `path` of a case of one person."""
        return {"applicant": person_code, **asdict(self)}


def review_path(session: Session, unit_code: str) -> ReviewPath:
    """Work out the path of a unit's cases as of now."""
    return ReviewPath(
        unit=unit(session, unit_code).code,
        department=_code(offices.department(session, unit_code)),
        county=_code(offices.county_office(session, unit_code)),
        city=_code(offices.city_office(session, unit_code)),
        region=_code(offices.region_office(session, unit_code)),
        hr_body=_code(offices.hr_body(session, unit_code)),
        self_office=_code(offices.self_office(session, unit_code)),
        serving=offices.serving_office(session, unit_code).code,
    )


def _code(body: Organisation | None) -> str | None:
    return None if body is None else body.code
