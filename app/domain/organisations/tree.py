"""Finds organisations in their tree: by code, above, below, and by name.

Superiors are what the tree says today; a running case uses its frozen path instead.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.organisations.tables import Committee, Organisation, OrganisationType
from app.errors import DomainError

_KNOWN = "organisations.known"
_REPORT_TO_REGION = frozenset(
    {
        OrganisationType.HR_BODY,
        OrganisationType.ARCHIVE_BODY,
        OrganisationType.SELF_REVIEW,
    }
)


def find_organisation(session: Session, code: str) -> Organisation | None:
    """Return an organisation, or None; a session asks the database once for each."""
    known: dict[str, Organisation] = session.info.setdefault(_KNOWN, {})
    found = known.get(code)
    if found is None or found not in session:
        found = session.scalar(select(Organisation).where(Organisation.code == code))
        if found is not None:
            known[code] = found
    return found


def organisation(session: Session, code: str) -> Organisation:
    """Return an organisation; raises `organisations.unknown`."""
    found = find_organisation(session, code)
    if found is None:
        raise DomainError("organisations.unknown", organisation=code)
    return found


def unit(session: Session, code: str) -> Organisation:
    """Return a unit; raises `organisations.not_a_unit` for any other body."""
    found = organisation(session, code)
    if not found.is_unit:
        raise DomainError("organisations.not_a_unit", organisation=code)
    return found


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Return the full names of organisations and committees by code; unknown codes are left out."""
    organisations, committees = (
        select(table.code, table.name).where(table.code.in_(set(codes)))
        for table in (Organisation, Committee)
    )
    rows = session.execute(organisations.union_all(committees))
    return {row.code: row.name for row in rows}


def name_of(session: Session, code: str) -> str:
    """Return the full name of an organisation or committee, or the code when there is none."""
    return names_of(session, [code]).get(code, code)


def ancestors(session: Session, code: str) -> list[str]:
    """Return the codes of the bodies above one, nearest first."""
    return [each.code for each in bodies_above(session, code)]


def bodies_above(session: Session, code: str) -> list[Organisation]:
    """Return the bodies above one, nearest first."""
    chain: list[Organisation] = []
    seen = {code}
    parent = organisation(session, code).parent_code
    while parent is not None and parent not in seen:
        seen.add(parent)
        chain.append(organisation(session, parent))
        parent = chain[-1].parent_code
    return chain


def superiors(session: Session, code: str) -> frozenset[str]:
    """Return the codes of the bodies above one."""
    return frozenset(ancestors(session, code))


def descendants(session: Session, code: str) -> list[str]:
    """Return the codes of all bodies below one, in order."""
    below = (
        select(Organisation.code)
        .where(Organisation.parent_code == code)
        .cte("below", recursive=True)
    )
    below = below.union(select(Organisation.code).where(Organisation.parent_code == below.c.code))
    found = select(below.c.code).where(below.c.code != code).order_by(below.c.code)
    return list(session.scalars(found))


def is_same_or_below(session: Session, code: str, above: str) -> bool:
    """Tell whether a body is another one or stands under it."""
    return code == above or above in superiors(session, code)


def collection_parent(session: Session, code: str) -> Organisation | None:
    """Return the body that approved data are handed to; None for the top of a tree."""
    here = organisation(session, code)
    if here.collection_parent_code is not None:
        return organisation(session, here.collection_parent_code)
    above = bodies_above(session, code)
    if here.type in _REPORT_TO_REGION:
        tops = {OrganisationType.REGION_OFFICE, OrganisationType.NX_REGION}
        return next((each for each in above if each.type in tops), None)
    return above[0] if above else None


def active_organisations(session: Session) -> list[tuple[str, str]]:
    """Return code and name of every active organisation, by code."""
    query = select(Organisation.code, Organisation.name).where(Organisation.active.is_(True))
    return [(code, name) for code, name in session.execute(query.order_by(Organisation.code))]
