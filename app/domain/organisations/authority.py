"""What an office may approve and which committees may review: grants and filings by date.

The decision tables choose the office; they ask here whether a grant or a filing covers the case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.domain.codes import business_code, is_up_to, level_code
from app.domain.organisations.tables import (
    AuthorityGrant,
    Committee,
    Organisation,
    OrganisationType,
)
from app.errors import DomainError

ALL_SERIES = "*"


def grants_covering(
    session: Session, *, office: str, business: str, series: str, level: str, on: date
) -> bool:
    """Tell whether an office holds a grant for a business, series and level on a date.

    Business and level are codes or the words of the decision tables (认定, 中级).
    """
    held = session.scalars(
        select(AuthorityGrant.max_level).where(
            AuthorityGrant.office_code == office,
            AuthorityGrant.business == business_code(business),
            AuthorityGrant.series.in_((series, ALL_SERIES)),
            AuthorityGrant.valid_from <= on,
            or_(AuthorityGrant.valid_to.is_(None), AuthorityGrant.valid_to >= on),
        )
    )
    wanted = level_code(level)
    return any(is_up_to(wanted, highest) for highest in held)


def committee(session: Session, code: str) -> Committee:
    """Return a committee; raises `organisations.unknown_committee`."""
    found = session.scalar(select(Committee).where(Committee.code == code))
    if found is None:
        raise DomainError("organisations.unknown_committee", committee=code)
    return found


def committees_covering(session: Session, *, series: str, level: str, on: date) -> list[Committee]:
    """Return the filed committees with a hosting office that may review a series and level."""
    found = session.scalars(
        select(Committee)
        .where(Committee.series == series, Committee.host_office_code.is_not(None))
        .where(_filed_on(on))
        .order_by(Committee.code)
    )
    wanted = level_code(level)
    return [each for each in found if is_up_to(wanted, each.max_level)]


def series_offices(session: Session, series: str, line: Collection[str]) -> list[str]:
    """Return the offices of a series (they host its committees) directly below a line of offices.

    They and the offices of the line are of one system for titles of this series.
    """
    query = (
        select(Organisation.code)
        .join(Committee, Committee.host_office_code == Organisation.code)
        .where(
            Organisation.type == OrganisationType.SERIES_OFFICE,
            Organisation.parent_code.in_(line),
            Committee.series == series,
        )
        .distinct()
    )
    return list(session.scalars(query.order_by(Organisation.code)))


def is_filed(session: Session, code: str, *, on: date) -> bool:
    """Tell whether a committee was filed on a date."""
    found = select(Committee.id).where(Committee.code == code, _filed_on(on))
    return session.scalar(found) is not None


def _filed_on(on: date) -> ColumnElement[bool]:
    return and_(
        Committee.filed,
        or_(Committee.filed_from.is_(None), Committee.filed_from <= on),
        or_(Committee.filed_to.is_(None), Committee.filed_to >= on),
    )
